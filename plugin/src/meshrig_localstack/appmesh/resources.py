"""What the service keeps: resources, their keys, and the per account and region store."""

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime

from localstack.services.stores import AccountRegionBundle, BaseStore, LocalAttribute

from meshrig_localstack.appmesh.kinds import MESH, Kind
from meshrig_localstack.appmesh.service_model import JsonObject


@dataclass(frozen=True)
class ResourceKey:
    """What identifies a resource within the mesh owner's account and region; a mesh has no ``parent``."""

    kind: Kind
    mesh: str
    name: str
    parent: str | None = None

    @property
    def path(self) -> tuple[str, ...]:
        """The ARN's resource part below ``mesh/<mesh>``."""
        if self.kind == MESH:
            return ()
        above = (self.kind.parent.member, self.parent) if self.kind.parent and self.parent else ()
        return (*above, self.kind.member, self.name)

    def __str__(self) -> str:
        return f"{self.kind.noun} {self.name}"


@dataclass(frozen=True)
class Resource:
    """One resource at one version. ``spec`` is the request's JSON and is never changed in place."""

    key: ResourceKey
    arn: str
    uid: str
    mesh_owner: str
    resource_owner: str
    spec: JsonObject
    created_at: datetime
    last_updated_at: datetime
    version: int = 1
    tags: dict[str, str] = field(default_factory=dict)

    def updated(self, spec: JsonObject) -> "Resource":
        """The next version of the resource, with another spec."""
        return replace(self, spec=spec, version=self.version + 1, last_updated_at=datetime.now(UTC))

    def data(self, status: str = "ACTIVE") -> JsonObject:
        """The resource as Create, Describe, Update and Delete answer it (shapes ``*Data`` of the API)."""
        metadata = {
            "arn": self.arn,
            "uid": self.uid,
            "version": self.version,
            "createdAt": self.created_at,
            "lastUpdatedAt": self.last_updated_at,
            "meshOwner": self.mesh_owner,
            "resourceOwner": self.resource_owner,
        }
        return {**self._names(), "metadata": metadata, "spec": self.spec, "status": {"status": status}}

    def ref(self) -> JsonObject:
        """The resource as list operations answer it (shapes ``*Ref`` of the API)."""
        return {
            **self._names(),
            "arn": self.arn,
            "version": self.version,
            "createdAt": self.created_at,
            "lastUpdatedAt": self.last_updated_at,
            "meshOwner": self.mesh_owner,
            "resourceOwner": self.resource_owner,
        }

    def _names(self) -> dict[str, str]:
        names = {MESH.name_member: self.key.mesh, self.key.kind.name_member: self.key.name}
        if self.key.kind.parent and self.key.parent:
            names[self.key.kind.parent.name_member] = self.key.parent
        return names


@dataclass(frozen=True)
class Replay:
    """The answer a client token was given, to be given again to the same request."""

    fingerprint: str
    answer: JsonObject
    uid: str


class AppMeshStore(BaseStore):
    """The meshes one account owns in one region, everything in them, and the client tokens seen."""

    resources: dict[ResourceKey, Resource] = LocalAttribute(default=dict)
    replays: dict[tuple[str, str, str], Replay] = LocalAttribute(default=dict)

    def of_kind(self, kind: Kind, mesh: str | None = None, parent: str | None = None) -> Iterator[Resource]:
        """The resources of a kind, by name; limited to one mesh and one parent where given."""
        for key in sorted(self.resources, key=lambda each: each.name):
            if key.kind == kind and mesh in (None, key.mesh) and parent in (None, key.parent):
                yield self.resources[key]


appmesh_stores = AccountRegionBundle("appmesh", AppMeshStore)
