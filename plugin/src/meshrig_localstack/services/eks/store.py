"""What the EKS API remembers, per account and region."""

import secrets
import uuid
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from localstack.aws.api import RequestContext
from localstack.services.stores import AccountRegionBundle, BaseStore, LocalAttribute
from localstack.utils.aws.arns import get_partition

from meshrig_localstack.services.eks.errors import ResourceInUse, ResourceNotFound
from meshrig_localstack.services.eks.identity import Identity

Record = dict[str, Any]
"""A resource in the shape its Describe operation answers, member names as botocore's eks model spells them."""

NOT_IN_RECORD = frozenset({"clientRequestToken", "name", "resolveConflicts", "force", "bootstrapSelfManagedAddons"})


@dataclass
class AccessEntry:
    """An entry with its policies, by ARN. ``unique_id``: IAM's own id of the principal the entry was made for."""

    record: Record
    unique_id: str
    policies: dict[str, Record] = field(default_factory=dict)


@dataclass
class StoredCluster:
    """A cluster and its children, by name (access entries by principal ARN, associations by id).

    ``creator``: who made it, unless it was made without the creator's admin permissions.
    """

    record: Record
    creator: Identity | None = None
    nodegroups: dict[str, Record] = field(default_factory=dict)
    addons: dict[str, Record] = field(default_factory=dict)
    access_entries: dict[str, AccessEntry] = field(default_factory=dict)
    pod_identities: dict[str, Record] = field(default_factory=dict)
    updates: dict[str, Record] = field(default_factory=dict)

    @property
    def account_id(self) -> str:
        return str(self.record["arn"].split(":")[4])

    @property
    def region(self) -> str:
        return str(self.record["arn"].split(":")[3])

    @property
    def authentication_mode(self) -> str:
        return str(self.record["accessConfig"]["authenticationMode"])

    def records(self) -> list[tuple[str, Record]]:
        """Every resource with its ARN, the cluster first."""
        children = (
            ("nodegroupArn", self.nodegroups),
            ("addonArn", self.addons),
            ("accessEntryArn", {name: entry.record for name, entry in self.access_entries.items()}),
            ("associationArn", self.pod_identities),
        )
        found = [(self.record["arn"], self.record)]
        found += [(record[key], record) for key, kind in children for record in kind.values()]
        return found


class EksStore(BaseStore):
    clusters: dict[str, StoredCluster] = LocalAttribute(default=dict)


eks_stores: AccountRegionBundle[EksStore] = AccountRegionBundle("eks", EksStore)


def clusters_named(name: str) -> list[StoredCluster]:
    """Every cluster of that name, whatever its account and region."""
    regions = [region for account in list(eks_stores.values()) for region in list(account.values())]
    return [store.clusters[name] for store in regions if name in store.clusters]


def clusters_of(context: RequestContext) -> dict[str, StoredCluster]:
    """The clusters of the caller's account and region."""
    found: dict[str, StoredCluster] = eks_stores[context.account_id][context.region].clusters
    return found


def cluster_of(context: RequestContext, name: str) -> StoredCluster:
    """Raises ResourceNotFound for a cluster that is not there."""
    found = clusters_of(context).get(name)
    if found is None:
        raise ResourceNotFound(f"No cluster found for name: {name}.")
    return found


def arn(context: RequestContext, resource: str) -> str:
    """``resource`` is the part behind the account: ``cluster/shop``."""
    return f"arn:{get_partition(context.region)}:eks:{context.region}:{context.account_id}:{resource}"


def child_arn(context: RequestContext, kind: str, cluster: str, name: str) -> str:
    """The ARN of a child of a cluster; EKS ends these with an id of its own."""
    return arn(context, f"{kind}/{cluster}/{name}/{uuid.uuid4()}")


def hex_id() -> str:
    """The 32 upper-case hex digits EKS puts in endpoints and issuers."""
    return secrets.token_hex(16).upper()


def now() -> datetime:
    return datetime.now(UTC)


def from_request(request: Mapping[str, Any], **more: Any) -> Record:
    """The request's members as a record: what was asked for, then what the service adds."""
    asked = {name: value for name, value in request.items() if name not in NOT_IN_RECORD and value is not None}
    return {"tags": {}, **asked, **more}


def find[Item](kind: Mapping[str, Item], key: str, message: str) -> Item:
    """Raises ResourceNotFound with ``message``."""
    if key not in kind:
        raise ResourceNotFound(message)
    return kind[key]


def refuse_duplicate(kind: Mapping[str, object], key: str, message: str) -> None:
    """Raises ResourceInUse with ``message`` when ``key`` is taken."""
    if key in kind:
        raise ResourceInUse(message)


def change(record: Record, request: Mapping[str, Any], *members: str) -> None:
    """Sets the named members the request carries."""
    record.update({name: request[name] for name in members if request.get(name) is not None})
    record["modifiedAt"] = now()


def record_update(cluster: StoredCluster, kind: str, request: Mapping[str, Any]) -> Record:
    """An update that has succeeded already; EKS answers its update operations with one."""
    params = [{"type": name, "value": str(value)} for name, value in request.items() if isinstance(value, str)]
    update = {"id": str(uuid.uuid4()), "status": "Successful", "type": kind, "createdAt": now(), "errors": []}
    types = {"version": "Version", "releaseVersion": "ReleaseVersion"}
    update["params"] = [{**entry, "type": types[entry["type"]]} for entry in params if entry["type"] in types]
    cluster.updates[str(update["id"])] = update
    return update
