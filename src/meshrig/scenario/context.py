"""All a scenario needs of the running system."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol

from meshrig.scenario.attempt import Attempt, Certificate, Outcome
from meshrig.scenario.definition import Via


class ClientCertificates(Protocol):
    """Makes client certificates of each kind a handshake names (not none, not plaintext)."""

    def issue(self, kind: str, virtual_node: str) -> Certificate:
        """Raises MeshrigError for a virtual node it knows nothing of."""
        ...


class AppMesh(Protocol):
    """The one operation of boto3's App Mesh client that is used: meshName, virtualNodeName -> AWS's answer."""

    def describe_virtual_node(self, **names: str) -> Mapping[str, Any]: ...


@dataclass(frozen=True)
class Target:
    """An address on which a virtual node's server answers.

    ``open_because``: why this runtime cannot guard it; empty for an address that must let in the mesh's clients only.
    """

    via: Via
    host: str
    port: int
    open_because: str = ""


@dataclass(frozen=True)
class Targets:
    """Where a virtual node's pods answer; ``absent``: why there is no address of a kind."""

    addresses: tuple[Target, ...]
    absent: Mapping[Via, str] = field(default_factory=dict)


class MeshAccess(Protocol):
    """How a scenario reaches the mesh's servers from outside the mesh. Every method raises MeshrigError."""

    async def targets(self, virtual_node: str) -> Targets:
        """Its addresses, those of pods (``pod_ip``) among them. Raises where none of its pods runs."""
        ...

    async def dial(self, attempts: Sequence[Attempt]) -> tuple[Outcome, ...]:
        """What comes of each, in the order given."""
        ...

    async def counter(self, virtual_node: str, counter: str) -> int:
        """``counter`` of all listeners of all its sidecars together."""
        ...


@dataclass(frozen=True)
class ScenarioContext:
    """``invoke_url``: of the API's stage; ``mesh``: the way to the servers of the mesh ``mesh_name``."""

    invoke_url: str
    appmesh: AppMesh
    mesh_name: str
    mesh: MeshAccess
    certificates: ClientCertificates
