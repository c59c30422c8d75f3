"""All a scenario needs of the running system."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol


class Certificate(Protocol):
    """A certificate with its private key, PEM."""

    @property
    def cert_chain_pem(self) -> str: ...
    @property
    def private_key_pem(self) -> str: ...


class ClientCertificates(Protocol):
    """Makes client certificates of each kind a handshake names (not none, not plaintext)."""

    def issue(self, kind: str, virtual_node: str) -> Certificate:
        """Raises MeshrigError for a virtual node it knows nothing of."""
        ...


class AppMesh(Protocol):
    """The one operation of boto3's App Mesh client that is used: meshName, virtualNodeName -> AWS's answer."""

    def describe_virtual_node(self, **names: str) -> Mapping[str, Any]: ...


@dataclass(frozen=True)
class ProxyAccess:
    """A virtual node's sidecar: where it listens for the mesh, and the Unix socket of its Envoy's admin."""

    ingress: tuple[str, int]
    admin: Path


@dataclass(frozen=True)
class ScenarioContext:
    """``invoke_url``: of the API's stage; ``proxies``: by name of the virtual node."""

    invoke_url: str
    appmesh: AppMesh
    mesh_name: str
    proxies: Mapping[str, ProxyAccess]
    certificates: ClientCertificates
