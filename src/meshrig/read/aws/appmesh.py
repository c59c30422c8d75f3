"""The App Mesh API -> MeshModel."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any, Protocol

from botocore.exceptions import ClientError

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
from meshrig.read.aws.calls import PagingClient, error_code, pages, translated
from meshrig.read.aws.structure import build


class AppMeshClient(PagingClient, Protocol):
    """Of boto3's ``appmesh`` client, what is used here."""

    def describe_mesh(self, *, meshName: str) -> dict[str, Any]: ...  # noqa: N803

    def describe_virtual_node(self, *, meshName: str, virtualNodeName: str) -> dict[str, Any]: ...  # noqa: N803

    def describe_virtual_service(self, *, meshName: str, virtualServiceName: str) -> dict[str, Any]: ...  # noqa: N803


# Kinds the model doesn't hold yet: they must not be overlooked, since they would change where requests go.
_NOT_YET = (
    ("list_virtual_routers", "virtualRouters", "VirtualRouter", "virtualRouterName"),
    ("list_virtual_gateways", "virtualGateways", "VirtualGateway", "virtualGatewayName"),
)


@dataclass(frozen=True)
class _Reading:
    client: AppMeshClient
    mesh: str
    problems: list[Problem] = field(default_factory=list)

    def items(self, operation: str, member: str) -> Iterator[dict[str, Any]]:
        yield from pages(self.client, operation, member, meshName=self.mesh)

    def spec[T](self, kind: type[T], value: Any, subject: str) -> T | None:
        try:
            return build(kind, value, f"{subject}.spec")
        except InvalidInputError as error:
            self.problems.extend(error.problems)
            return None


def read_mesh(client: AppMeshClient, name: str) -> MeshModel:
    """Everything in one mesh.

    Raises InvalidInputError for all together that can't be served yet, MeshrigError where the API refuses a call.
    """
    reading = _Reading(client, name)
    with translated(f"reading mesh {name}"):
        mesh = client.describe_mesh(meshName=name)["mesh"]
        nodes = tuple(_virtual_nodes(reading))
        services = tuple(_virtual_services(reading))
        reading.problems.extend(_unsupported(reading))
    spec = reading.spec(MeshSpec, mesh.get("spec") or {}, f"Mesh/{name}")
    if reading.problems or spec is None:
        raise InvalidInputError(reading.problems)
    owner = str(mesh.get("metadata", {}).get("meshOwner", ""))
    return MeshModel(
        Mesh(name, spec, owner, Origin(subject=f"Mesh/{name}")),
        {node.name: node for node in nodes},
        {service.name: service for service in services},
    )


def _virtual_nodes(reading: _Reading) -> Iterator[VirtualNode]:
    for name in sorted(item["virtualNodeName"] for item in reading.items("list_virtual_nodes", "virtualNodes")):
        subject = f"VirtualNode/{name}"
        answer = _if_there(reading.client.describe_virtual_node, meshName=reading.mesh, virtualNodeName=name)
        if answer and (spec := reading.spec(VirtualNodeSpec, answer["virtualNode"]["spec"], subject)):
            yield VirtualNode(name, spec, Origin(subject=subject))


def _virtual_services(reading: _Reading) -> Iterator[VirtualService]:
    listed = reading.items("list_virtual_services", "virtualServices")
    for name in sorted(item["virtualServiceName"] for item in listed):
        subject = f"VirtualService/{name}"
        answer = _if_there(reading.client.describe_virtual_service, meshName=reading.mesh, virtualServiceName=name)
        if answer and (spec := reading.spec(VirtualServiceSpec, answer["virtualService"]["spec"], subject)):
            yield VirtualService(name, spec, Origin(subject=subject))


def _unsupported(reading: _Reading) -> Iterator[Problem]:
    for operation, member, kind, key in _NOT_YET:
        for item in reading.items(operation, member):
            yield Problem(f"{kind} is not supported yet", Origin(subject=f"{kind}/{item[key]}"))


def _if_there(describe: Callable[..., dict[str, Any]], **names: str) -> dict[str, Any] | None:
    """None for what was deleted since it was listed."""
    try:
        return describe(**names)
    except ClientError as error:
        if error_code(error) == "NotFoundException":
            return None
        raise
