"""Which resource names which other in its spec, and what may therefore not be deleted.

A backend's virtual service is not a reference: App Mesh accepts one that does not exist yet (roadmap issue 372), which
is what makes circular backends possible.
"""

from collections.abc import Iterator

from meshrig_localstack.appmesh.errors import NotFoundException, ResourceInUseException
from meshrig_localstack.appmesh.kinds import (
    GATEWAY_ROUTE,
    MESH,
    ROUTE,
    VIRTUAL_NODE,
    VIRTUAL_ROUTER,
    VIRTUAL_SERVICE,
)
from meshrig_localstack.appmesh.resources import AppMeshStore, ResourceKey
from meshrig_localstack.appmesh.route_specs import route_of
from meshrig_localstack.appmesh.service_model import JsonObject


def references(key: ResourceKey, spec: JsonObject) -> Iterator[ResourceKey]:
    """The keys of the resources that a resource's valid spec names."""
    if key.kind == VIRTUAL_SERVICE:
        provider = spec.get("provider") or {}
        for kind in (VIRTUAL_NODE, VIRTUAL_ROUTER):
            if kind.member in provider:
                yield ResourceKey(kind, key.mesh, provider[kind.member][kind.name_member])
    elif key.kind == ROUTE:
        for target in route_of(spec).targets:
            yield ResourceKey(VIRTUAL_NODE, key.mesh, target["virtualNode"])
    elif key.kind == GATEWAY_ROUTE:
        yield ResourceKey(VIRTUAL_SERVICE, key.mesh, route_of(spec).virtual_service)


def check_references_exist(store: AppMeshStore, key: ResourceKey, spec: JsonObject) -> None:
    """NotFoundException naming every resource that the spec refers to and the mesh does not have."""
    missing = sorted({str(reference) for reference in references(key, spec) if reference not in store.resources})
    if missing:
        verb = "does" if len(missing) == 1 else "do"
        raise NotFoundException(f"{key} refers to {', '.join(missing)}, which {verb} not exist in mesh {key.mesh}")


def check_not_in_use(store: AppMeshStore, key: ResourceKey) -> None:
    """ResourceInUseException naming what still lives in the resource or refers to it."""
    users = sorted(str(user) for user in _users(store, key))
    if users:
        raise ResourceInUseException(f"{key} cannot be deleted because it is being referenced by: {', '.join(users)}")


def _users(store: AppMeshStore, key: ResourceKey) -> Iterator[ResourceKey]:
    for other, resource in store.resources.items():
        if other == key or other.mesh != key.mesh:
            continue
        is_child = key.kind == MESH or (other.kind.parent == key.kind and other.parent == key.name)
        if is_child or key in references(other, resource.spec):
            yield other
