"""Where a cluster looks callers up: its aws-auth ConfigMap, the access entries of the API, or both.

EKS guide, "setting-up-access-entries": a mode with entries is never left again, and modes change one step at a time.
"""

from localstack.aws.api import RequestContext

from meshrig_localstack.services.eks.access import admit_creator
from meshrig_localstack.services.eks.caller import caller_of
from meshrig_localstack.services.eks.errors import InvalidParameter
from meshrig_localstack.services.eks.identity import Identity
from meshrig_localstack.services.eks.store import Record, StoredCluster

CONFIG_MAP, BOTH, API = "CONFIG_MAP", "API_AND_CONFIG_MAP", "API"
STEPS = ((CONFIG_MAP, BOTH), (BOTH, API))


def administrator(context: RequestContext, access: Record) -> Identity | None:
    """Who becomes the administrator of a cluster created with this accessConfig: its creator, or nobody."""
    bootstrap = access.get("bootstrapClusterCreatorAdminPermissions")
    if bootstrap is False and access.get("authenticationMode", CONFIG_MAP) == CONFIG_MAP:
        raise InvalidParameter(
            "bootstrapClusterCreatorAdminPermissions must be true if cluster authentication mode is set to CONFIG_MAP"
        )
    return None if bootstrap is False else caller_of(context)


def admit_administrator(context: RequestContext, cluster: StoredCluster) -> None:
    """Gives the creator an entry; without entries the creator comes in all the same."""
    if cluster.authentication_mode != CONFIG_MAP and cluster.creator is not None:
        admit_creator(context, cluster, cluster.creator)


def change_mode(context: RequestContext, cluster: StoredCluster, mode: str | None) -> None:
    """Raises InvalidParameter for a change EKS does not make."""
    before = cluster.authentication_mode
    if mode is None or mode == before:
        return
    if (before, mode) not in STEPS:
        raise InvalidParameter(f"Unsupported authentication mode update from {before} to {mode}")
    cluster.record["accessConfig"] = {**cluster.record["accessConfig"], "authenticationMode": mode}
    if before == CONFIG_MAP:
        admit_administrator(context, cluster)
