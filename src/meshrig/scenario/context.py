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

    def issue(self, kind: str, virtual_node: str) -> Certificate: ...


@dataclass(frozen=True)
class ProxyAccess:
    """A virtual node's sidecar: where it listens for the mesh, and the Unix socket of its Envoy's admin."""

    ingress: tuple[str, int]
    admin: Path


@dataclass(frozen=True)
class ScenarioContext:
    """``appmesh`` is a boto3 client of the App Mesh API."""

    invoke_url: str
    appmesh: Any
    mesh_name: str
    proxies: Mapping[str, ProxyAccess]
    certificates: ClientCertificates
