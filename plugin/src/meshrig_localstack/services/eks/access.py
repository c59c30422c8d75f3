"""Access entries: who of AWS may come into the cluster, and under which name."""

from localstack.aws.api import RequestContext, handler
from localstack.utils.aws.arns import get_partition

from meshrig_localstack.services.eks.authentication.credentials import unique_id
from meshrig_localstack.services.eks.entries import default_username, new_entry, refuse_update
from meshrig_localstack.services.eks.errors import InvalidParameter, InvalidRequest
from meshrig_localstack.services.eks.identity import Identity
from meshrig_localstack.services.eks.paging import names, page
from meshrig_localstack.services.eks.policy_names import CLUSTER_ADMIN, associated, policy_arn
from meshrig_localstack.services.eks.store import (
    AccessEntry,
    Record,
    StoredCluster,
    change,
    cluster_of,
    find,
    refuse_duplicate,
)


class AccessHandlers:
    @handler("CreateAccessEntry", expand=False)
    def create_access_entry(self, context: RequestContext, request: Record) -> Record:
        cluster = cluster_with_entries(context, request["clusterName"])
        message = "The specified access entry resource is already in use on this cluster."
        refuse_duplicate(cluster.access_entries, request["principalArn"], message)
        entry = new_entry(context, request)
        cluster.access_entries[request["principalArn"]] = entry
        return {"accessEntry": entry.record}

    @handler("DescribeAccessEntry", expand=False)
    def describe_access_entry(self, context: RequestContext, request: Record) -> Record:
        return {"accessEntry": access_entry(context, request).record}

    @handler("ListAccessEntries", expand=False)
    def list_access_entries(self, context: RequestContext, request: Record) -> Record:
        entries = cluster_with_entries(context, request["clusterName"]).access_entries
        policy = request.get("associatedPolicyArn")
        listed = {arn: entry for arn, entry in entries.items() if not policy or policy in entry.policies}
        return page(request, "accessEntries", names(listed))

    @handler("UpdateAccessEntry", expand=False)
    def update_access_entry(self, context: RequestContext, request: Record) -> Record:
        entry = access_entry(context, request)
        refuse_update(entry, request)
        change(entry.record, request, "kubernetesGroups", "username")
        entry.record["username"] = entry.record["username"] or default_username(entry)
        return {"accessEntry": entry.record}

    @handler("DeleteAccessEntry", expand=False)
    def delete_access_entry(self, context: RequestContext, request: Record) -> Record:
        access_entry(context, request)
        del cluster_of(context, request["clusterName"]).access_entries[request["principalArn"]]
        return {}


def cluster_with_entries(context: RequestContext, name: str) -> StoredCluster:
    """Raises InvalidRequest for a cluster that knows only its aws-auth ConfigMap."""
    cluster = cluster_of(context, name)
    if cluster.authentication_mode == "CONFIG_MAP":
        raise InvalidRequest(
            "The cluster's authentication mode must be set to one of [API, API_AND_CONFIG_MAP] "
            "to perform this operation."
        )
    return cluster


def access_entry(context: RequestContext, request: Record) -> AccessEntry:
    """The entry a request names; raises ResourceNotFound."""
    return find(
        cluster_with_entries(context, request["clusterName"]).access_entries,
        request["principalArn"],
        "The specified principalArn could not be found. "
        "You can view your available access entries with 'list-access-entries'.",
    )


def admit_creator(context: RequestContext, cluster: StoredCluster, creator: Identity) -> None:
    """EKS makes the creator an administrator by an ordinary entry, which can be changed and deleted."""
    if creator.principal_arn not in cluster.access_entries:
        entry = new_entry(context, {"clusterName": cluster.record["name"], "principalArn": creator.principal_arn})
        arn = policy_arn(get_partition(context.region), CLUSTER_ADMIN)
        entry.policies[arn] = associated(arn, {"type": "cluster"})
        cluster.access_entries[creator.principal_arn] = entry


def admit_nodes(context: RequestContext, cluster: StoredCluster, role_arn: str, kind: str) -> None:
    """EKS makes the entry of a managed node group's role itself, when the cluster has entries at all."""
    if unique_id(role_arn) is None:
        raise InvalidParameter(f"The role with name {role_arn.rpartition('/')[2]} cannot be found.")
    if cluster.authentication_mode != "CONFIG_MAP" and role_arn not in cluster.access_entries:
        request = {"clusterName": cluster.record["name"], "principalArn": role_arn, "type": kind}
        cluster.access_entries[role_arn] = new_entry(context, request)
