"""What an access entry may be: types, principals, usernames and groups (EKS guide, "creating-access-entries").

Wording of the errors as users of EKS report it; what Describe shows of node types as in the AWS CLI's examples.
"""

import re
from dataclasses import dataclass
from typing import Any

from localstack.aws.api import RequestContext

from meshrig_localstack.services.eks.authentication.credentials import unique_id
from meshrig_localstack.services.eks.errors import InvalidParameter, InvalidRequest
from meshrig_localstack.services.eks.store import AccessEntry, Record, child_arn, from_request, now

STANDARD = "STANDARD"
PRINCIPAL = re.compile(
    r"arn:(?P<partition>[\w-]+):iam::(?P<account>\d{12}):(?P<resource>(?:role|user)/(?:.*/)?.+|root)"
)
SERVICE_LINKED = "role/aws-service-role/"
RESERVED = ("system:", "eks:", "aws:", "amazon:", "iam:")


@dataclass(frozen=True)
class NodeType:
    """What EKS makes of the entries of nodes, which take neither username nor groups."""

    username: str
    groups: tuple[str, ...]


INSTANCE, SESSION = "system:node:{{EC2PrivateDNSName}}", "system:node:{{SessionName}}"
NODE_TYPES = {
    "EC2_LINUX": NodeType(INSTANCE, ("system:nodes",)),
    "EC2_WINDOWS": NodeType(INSTANCE, ("eks:kube-proxy-windows", "system:nodes")),
    "EC2": NodeType(INSTANCE, ("system:nodes",)),
    "FARGATE_LINUX": NodeType(SESSION, ("system:bootstrappers", "system:nodes", "system:node-proxier")),
    "HYBRID_LINUX": NodeType(SESSION, ("system:nodes",)),
    "HYPERPOD_LINUX": NodeType(INSTANCE, ("system:nodes",)),
}


def new_entry(context: RequestContext, request: Record) -> AccessEntry:
    """Raises InvalidParameter and InvalidRequest as CreateAccessEntry does."""
    principal, kind = request["principalArn"], request.get("type") or STANDARD
    found = _principal(principal)
    _refuse_type(context, kind, found, request)
    identifier = unique_id(principal)
    if identifier is None:
        raise InvalidParameter("The specified principalArn is invalid: invalid principal.")
    record = from_request(
        request,
        accessEntryArn=_arn(context, request["clusterName"], found),
        type=kind,
        username=request.get("username") or _default_username(kind, found),
        kubernetesGroups=_groups(kind, request),
        createdAt=now(),
        modifiedAt=now(),
    )
    return AccessEntry(record, identifier)


def refuse_update(entry: AccessEntry, request: Record) -> None:
    """Raises for what UpdateAccessEntry may not set."""
    kind = entry.record["type"]
    if kind != STANDARD:
        raise InvalidRequest(f"Access entries of type {kind} cannot be changed; delete the entry and create it anew")
    refuse_names(request)


def refuse_names(request: Record) -> None:
    """The limits of custom usernames and groups."""
    username = request.get("username") or ""
    if username.startswith(RESERVED):
        raise InvalidParameter(f"The username {username} may not start with any of {', '.join(RESERVED)}")
    before, session, _ = username.partition("{{SessionName")
    if session and ":" not in before:
        raise InvalidParameter(f"The username {username} needs a colon before {{{{SessionName}}}}")
    for group in request.get("kubernetesGroups") or ():
        for prefix in RESERVED:
            if group.startswith(prefix):
                raise InvalidParameter(f"The kubernetes group name {group} is invalid, it cannot start with {prefix}")


def default_username(entry: AccessEntry) -> str:
    """What an entry is called when its username is taken away."""
    return _default_username(entry.record["type"], _principal(entry.record["principalArn"]))


def _principal(arn: str) -> re.Match[str]:
    found = PRINCIPAL.fullmatch(arn)
    if found is None:
        raise InvalidParameter(f"The principalArn parameter format is not valid: {arn} is no IAM role or user")
    if found["resource"].startswith(SERVICE_LINKED):
        raise InvalidParameter(
            "The caller is not allowed to modify access entries with a principalArn value of a Service Linked Role"
        )
    return found


def _refuse_type(context: RequestContext, kind: str, principal: re.Match[str], request: Record) -> None:
    if kind == STANDARD:
        refuse_names(request)
        return
    if kind not in NODE_TYPES:
        raise InvalidParameter(f"The type {kind} is not one of {', '.join((STANDARD, *NODE_TYPES))}")
    given = [name for name in ("username", "kubernetesGroups") if request.get(name)]
    if given:
        raise InvalidParameter(f"An access entry of type {kind} takes no {' and no '.join(given)}")
    if not principal["resource"].startswith("role/") or principal["account"] != context.account_id:
        raise InvalidParameter(f"An access entry of type {kind} is for an IAM role of the cluster's account")


def _groups(kind: str, request: Record) -> list[str]:
    return list(NODE_TYPES[kind].groups) if kind in NODE_TYPES else list(request.get("kubernetesGroups") or ())


def _default_username(kind: str, principal: re.Match[str]) -> str:
    if kind in NODE_TYPES:
        return NODE_TYPES[kind].username
    if not principal["resource"].startswith("role/"):
        return principal[0]
    name = principal["resource"].rpartition("/")[2]
    return f"arn:{principal['partition']}:sts::{principal['account']}:assumed-role/{name}/{{{{SessionName}}}}"


def _arn(context: RequestContext, cluster: str, principal: re.Match[str]) -> str:
    kind, _, path = principal["resource"].partition("/")
    name: Any = path.rpartition("/")[2] or kind
    return child_arn(context, "access-entry", cluster, f"{kind}/{principal['account']}/{name}")
