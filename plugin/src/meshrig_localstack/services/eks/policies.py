"""Access policies: EKS's own sets of Kubernetes permissions, and which entries have them.

Nothing is authorised here. In a real cluster behind this API the control plane makes bindings of what these lists say.
"""

from localstack.aws.api import RequestContext, handler
from localstack.utils.aws.arns import get_partition

from meshrig_localstack.services.eks.access import access_entry
from meshrig_localstack.services.eks.entries import STANDARD
from meshrig_localstack.services.eks.errors import InvalidParameter, InvalidRequest
from meshrig_localstack.services.eks.paging import page
from meshrig_localstack.services.eks.policy_names import POLICIES, associated, policy_arn
from meshrig_localstack.services.eks.store import AccessEntry, Record, find, now

WITH_POLICIES = (STANDARD, "EC2")
"""Nodes of Auto Mode have policies too (EKS guide, "auto-configure-... node IAM role": AmazonEKSAutoNodePolicy)."""


class PolicyHandlers:
    @handler("AssociateAccessPolicy", expand=False)
    def associate_access_policy(self, context: RequestContext, request: Record) -> Record:
        entry, arn = access_entry(context, request), request["policyArn"]
        _refuse_policy(context, arn)
        _refuse_association(entry, request["accessScope"])
        policy = associated(arn, request["accessScope"])
        if arn in entry.policies:
            policy["associatedAt"] = entry.policies[arn]["associatedAt"]
        entry.policies[arn] = policy
        return {**_names(request), "associatedAccessPolicy": policy}

    @handler("DisassociateAccessPolicy", expand=False)
    def disassociate_access_policy(self, context: RequestContext, request: Record) -> Record:
        entry, arn = access_entry(context, request), request["policyArn"]
        find(entry.policies, arn, f"The policy {arn} is not associated with the access entry.")
        del entry.policies[arn]
        entry.record["modifiedAt"] = now()
        return {}

    @handler("ListAssociatedAccessPolicies", expand=False)
    def list_associated_access_policies(self, context: RequestContext, request: Record) -> Record:
        entry = access_entry(context, request)
        return {**_names(request), **page(request, "associatedAccessPolicies", entry.policies)}

    @handler("ListAccessPolicies", expand=False)
    def list_access_policies(self, context: RequestContext, request: Record) -> Record:
        partition = get_partition(context.region)
        return page(
            request, "accessPolicies", {name: {"name": name, "arn": policy_arn(partition, name)} for name in POLICIES}
        )


def _names(request: Record) -> Record:
    return {name: request[name] for name in ("clusterName", "principalArn")}


def _refuse_policy(context: RequestContext, arn: str) -> None:
    partition = get_partition(context.region)
    if arn not in {policy_arn(partition, name) for name in POLICIES}:
        raise InvalidParameter(
            f"The policyArn {arn} is not that of an access policy. You can view them with 'list-access-policies'."
        )


def _refuse_association(entry: AccessEntry, scope: Record) -> None:
    kind, namespaces = scope.get("type"), scope.get("namespaces") or []
    if entry.record["type"] not in WITH_POLICIES:
        raise InvalidRequest(f"An access entry of type {entry.record['type']} takes no access policies.")
    if kind not in ("cluster", "namespace"):
        raise InvalidParameter(f"The type of an access scope must be cluster or namespace; got {kind}")
    if kind == "namespace" and not namespaces:
        raise InvalidParameter("An access scope of type namespace needs namespaces")
    if kind == "cluster" and namespaces:
        raise InvalidParameter("An access scope of type cluster takes no namespaces")
