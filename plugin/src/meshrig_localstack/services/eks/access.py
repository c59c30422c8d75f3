"""Access entries and the access policies associated with them."""

import re
from typing import Any

from localstack.aws.api import RequestContext, handler

from meshrig_localstack.services.eks.errors import InvalidParameter, InvalidRequest
from meshrig_localstack.services.eks.store import (
    Record,
    StoredCluster,
    change,
    child_arn,
    cluster_of,
    find,
    from_request,
    now,
    refuse_duplicate,
)

PRINCIPAL = re.compile(r"arn:[\w-]+:iam::\d{12}:(role|user)/(?:.*/)?(?P<name>[^/]+)")
RESERVED_USERNAMES = ("system:", "eks:", "aws:", "amazon:", "iam:")


class AccessHandlers:
    @handler("CreateAccessEntry", expand=False)
    def create_access_entry(self, context: RequestContext, request: Record) -> Record:
        cluster, principal = cluster_of(context, request["clusterName"]), request["principalArn"]
        if cluster.record["accessConfig"]["authenticationMode"] == "CONFIG_MAP":
            raise InvalidRequest(
                "The cluster's authentication mode must be set to one of [API, API_AND_CONFIG_MAP] "
                "to perform this operation."
            )
        refuse_duplicate(
            cluster.access_entries, principal, "The specified access entry resource is already in use on this cluster."
        )
        record = from_request(
            request,
            accessEntryArn=_entry_arn(context, request["clusterName"], principal),
            username=_username(context, request),
            createdAt=now(),
            modifiedAt=now(),
        )
        record.setdefault("kubernetesGroups", [])
        record.setdefault("type", "STANDARD")
        cluster.access_entries[principal] = record
        cluster.access_policies[principal] = {}
        return {"accessEntry": record}

    @handler("DescribeAccessEntry", expand=False)
    def describe_access_entry(self, context: RequestContext, request: Record) -> Record:
        return {"accessEntry": _entry(cluster_of(context, request["clusterName"]), request)}

    @handler("ListAccessEntries", expand=False)
    def list_access_entries(self, context: RequestContext, request: Record) -> Record:
        return {"accessEntries": sorted(cluster_of(context, request["clusterName"]).access_entries)}

    @handler("UpdateAccessEntry", expand=False)
    def update_access_entry(self, context: RequestContext, request: Record) -> Record:
        record = _entry(cluster_of(context, request["clusterName"]), request)
        _refuse_username(request.get("username"))
        change(record, request, "kubernetesGroups", "username")
        return {"accessEntry": record}

    @handler("DeleteAccessEntry", expand=False)
    def delete_access_entry(self, context: RequestContext, request: Record) -> Record:
        cluster = cluster_of(context, request["clusterName"])
        _entry(cluster, request)
        del cluster.access_entries[request["principalArn"]], cluster.access_policies[request["principalArn"]]
        return {}

    @handler("AssociateAccessPolicy", expand=False)
    def associate_access_policy(self, context: RequestContext, request: Record) -> Record:
        cluster = cluster_of(context, request["clusterName"])
        entry, scope = _entry(cluster, request), request["accessScope"]
        if entry["type"] != "STANDARD":
            raise InvalidRequest(f"Access policies cannot be associated with an access entry of type {entry['type']}")
        if scope["type"] == "namespace" and not scope.get("namespaces"):
            raise InvalidParameter("An access scope of type namespace needs namespaces")
        policy: Record = {"policyArn": request["policyArn"], "accessScope": scope}
        policy |= {"associatedAt": now(), "modifiedAt": now()}
        cluster.access_policies[request["principalArn"]][request["policyArn"]] = policy
        names = {name: request[name] for name in ("clusterName", "principalArn")}
        return {**names, "associatedAccessPolicy": policy}

    @handler("DisassociateAccessPolicy", expand=False)
    def disassociate_access_policy(self, context: RequestContext, request: Record) -> Record:
        cluster = cluster_of(context, request["clusterName"])
        _entry(cluster, request)
        policies = cluster.access_policies[request["principalArn"]]
        find(policies, request["policyArn"], f"The policy {request['policyArn']} is not associated with the entry")
        del policies[request["policyArn"]]
        return {}

    @handler("ListAssociatedAccessPolicies", expand=False)
    def list_associated_access_policies(self, context: RequestContext, request: Record) -> Record:
        cluster = cluster_of(context, request["clusterName"])
        _entry(cluster, request)
        names = {name: request[name] for name in ("clusterName", "principalArn")}
        return {**names, "associatedAccessPolicies": list(cluster.access_policies[request["principalArn"]].values())}


def _entry(cluster: StoredCluster, request: Record) -> Record:
    return find(
        cluster.access_entries,
        request["principalArn"],
        "The specified principalArn could not be found. "
        "You can view your available access entries with 'list-access-entries'.",
    )


def _principal(arn: str) -> re.Match[str]:
    found = PRINCIPAL.fullmatch(arn)
    if found is None:
        raise InvalidParameter(f"The specified principalArn is invalid: {arn} is neither an IAM role nor an IAM user")
    return found


def _entry_arn(context: RequestContext, cluster: str, principal: str) -> str:
    found = _principal(principal)
    name = f"{found.group(1)}/{context.account_id}/{found.group('name')}"
    return child_arn(context, "access-entry", cluster, name)


def _username(context: RequestContext, request: dict[str, Any]) -> str:
    """EKS guide, "creating-access-entries": a user is called by its ARN, a role by its session's."""
    _refuse_username(request.get("username"))
    found = _principal(request["principalArn"])
    if request.get("username"):
        return str(request["username"])
    if found.group(1) == "user":
        return str(request["principalArn"])
    return f"arn:aws:sts::{context.account_id}:assumed-role/{found.group('name')}/{{{{SessionName}}}}"


def _refuse_username(username: str | None) -> None:
    if username and username.startswith(RESERVED_USERNAMES):
        raise InvalidParameter(f"The username {username} may not start with any of {', '.join(RESERVED_USERNAMES)}")
