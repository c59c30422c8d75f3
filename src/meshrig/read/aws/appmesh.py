"""The App Mesh API -> MeshModel."""

from collections.abc import Iterator
from typing import Any

from meshrig.errors import InvalidInputError, Origin, Problem
from meshrig.model.appmesh import (
    Mesh,
    MeshModel,
    MeshSpec,
    VirtualNode,
    VirtualNodeSpec,
    VirtualService,
    VirtualServiceSpec,
)
from meshrig.read.aws.structure import build

# Kinds the model doesn't hold yet: they must not be overlooked, since they would change where requests go.
_NOT_YET = {"list_virtual_routers": ("virtualRouters", "VirtualRouter", "virtualRouterName"),
            "list_virtual_gateways": ("virtualGateways", "VirtualGateway", "virtualGatewayName")}  # fmt: skip


def read_mesh(client: Any, name: str) -> MeshModel:
    """Everything in one mesh. Raises InvalidInputError for all that can't be served yet."""
    mesh = client.describe_mesh(meshName=name)["mesh"]
    nodes = {n: _virtual_node(client, name, n) for n in _names(client, "virtual_node", name)}
    services = {n: _virtual_service(client, name, n) for n in _names(client, "virtual_service", name)}
    problems = [
        Problem(f"{kind} is not supported yet", Origin(subject=f"{kind}/{item[key]}"))
        for operation, (member, kind, key) in _NOT_YET.items()
        for item in _pages(client, operation, member, name)
    ]
    if problems:
        raise InvalidInputError(problems)
    spec = build(MeshSpec, mesh.get("spec") or {}, f"Mesh/{name}.spec")
    return MeshModel(Mesh(name, spec, mesh["metadata"]["meshOwner"]), nodes, services)


def _virtual_node(client: Any, mesh: str, name: str) -> VirtualNode:
    subject = f"VirtualNode/{name}"
    answer = client.describe_virtual_node(meshName=mesh, virtualNodeName=name)["virtualNode"]
    return VirtualNode(name, build(VirtualNodeSpec, answer["spec"], f"{subject}.spec"), Origin(subject=subject))


def _virtual_service(client: Any, mesh: str, name: str) -> VirtualService:
    subject = f"VirtualService/{name}"
    answer = client.describe_virtual_service(meshName=mesh, virtualServiceName=name)["virtualService"]
    return VirtualService(name, build(VirtualServiceSpec, answer["spec"], f"{subject}.spec"), Origin(subject=subject))


def _names(client: Any, noun: str, mesh: str) -> list[str]:
    first, second = noun.split("_")
    member = f"{first}{second.capitalize()}"
    found = _pages(client, f"list_{noun}s", f"{member}s", mesh)
    return sorted(item[f"{member}Name"] for item in found)


def _pages(client: Any, operation: str, member: str, mesh: str) -> Iterator[dict[str, Any]]:
    for page in client.get_paginator(operation).paginate(meshName=mesh):
        yield from page[member]
