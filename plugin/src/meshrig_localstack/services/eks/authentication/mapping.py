"""What Kubernetes calls a caller: the username and groups of the caller's access entry.

Templates are those of aws-iam-authenticator (pkg/server/server.go, renderTemplate), the rules those of the EKS guide's
"creating-access-entries". Groups are the entry's own: access policies give none, EKS authorises by them elsewhere. Here
role bindings do, which can't name a user whose name is a template: such a caller gets a group of its principal too.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass

from meshrig_localstack.services.eks.authentication.refusal import RefusedTokenError
from meshrig_localstack.services.eks.authentication.verification import Caller
from meshrig_localstack.services.eks.identity import Identity
from meshrig_localstack.services.eks.store import StoredCluster

CONFIG_MAP_CREATOR = ("kubernetes-admin", ("system:masters",))
"""In mode CONFIG_MAP there are no entries, and EKS knows the creator without the ConfigMap's help."""

ENTRY_GROUP = "meshrig.io/access-entry:{principal}"
SESSION_NAME = "{{SessionName"
PRIVATE_NAME = "{{EC2PrivateDNSName}}"
FindPrivateName = Callable[[StoredCluster, str], str | None]
"""(cluster, instance id) -> the instance's private DNS name"""


@dataclass(frozen=True)
class KubernetesUser:
    username: str
    groups: tuple[str, ...]


def kubernetes_user(cluster: StoredCluster, caller: Caller, find_private_name: FindPrivateName) -> KubernetesUser:
    """Raises RefusedTokenError for a caller the cluster has no entry for: being known to AWS is not enough."""
    identity = caller.identity
    if cluster.authentication_mode == "CONFIG_MAP":
        creator = cluster.creator
        if creator is not None and creator.unique_id == identity.unique_id:
            return KubernetesUser(*CONFIG_MAP_CREATOR)
        raise RefusedTokenError(f"{identity.arn} did not create the cluster, and its aws-auth ConfigMap is not read")
    entry = cluster.access_entries.get(identity.principal_arn)
    if entry is None:
        raise RefusedTokenError(f"{identity.arn} has no access entry; make one for {identity.principal_arn}")
    if entry.unique_id != identity.unique_id:
        raise RefusedTokenError(
            f"the access entry is for an earlier {identity.principal_arn}, since made anew; make the entry anew too"
        )
    username, groups = entry.record["username"], entry.record["kubernetesGroups"]
    values = _values(caller)
    if PRIVATE_NAME in username:
        values["EC2PrivateDNSName"] = _private_name(cluster, identity, find_private_name)
    own = tuple(_rendered(group, values) for group in groups)
    templated = (ENTRY_GROUP.format(principal=identity.principal_arn),) if SESSION_NAME in username else ()
    return KubernetesUser(_rendered(username, values), (*own, *templated))


def _values(caller: Caller) -> dict[str, str]:
    session = caller.identity.session_name
    return {
        "AccountID": caller.identity.account_id,
        "AccessKeyID": caller.access_key_id,
        "SessionName": session.replace("@", "-"),
        "SessionNameRaw": session,
    }


def _private_name(cluster: StoredCluster, identity: Identity, find_private_name: FindPrivateName) -> str:
    """A node's role is assumed by EC2, which calls the session as the instance."""
    instance = identity.session_name
    name = find_private_name(cluster, instance)
    if name is None:
        raise RefusedTokenError(f"the session {instance} of a node role is no running EC2 instance")
    return name


def _rendered(template: str, values: dict[str, str]) -> str:
    """In one pass, so that a value cannot bring a template of its own."""
    return re.sub(r"\{\{(\w+)\}\}", lambda found: values.get(found[1], found[0]), template)
