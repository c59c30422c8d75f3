"""What each proxy does (``ProxyConfig``) and what must run (``RunPlan``)."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from google.protobuf.message import Message


@dataclass(frozen=True)
class Endpoint:
    address: str
    port: int


@dataclass(frozen=True)
class Topology:
    """Where things answer right now.

    ``services``: (DNS name, port a caller dials) -> the endpoints behind it (a pod's sidecar
    where it has one).
    ``node_ports``: NodePort -> endpoints.
    """

    services: Mapping[tuple[str, int], tuple[Endpoint, ...]] = field(default_factory=dict)
    node_ports: Mapping[int, tuple[Endpoint, ...]] = field(default_factory=dict)


@dataclass(frozen=True)
class ListenerPlacement:
    """Which loopback ports the sidecar of one pod binds, for runtimes that can't redirect traffic with iptables.

    ``inbound``: listener port of the virtual node -> (port the sidecar binds, port the application binds).
    ``egress_port``: where the application's HTTP proxy (``HTTP_PROXY``) answers.
    """

    inbound: Mapping[int, tuple[int, int]]
    egress_port: int
    address: str = "127.0.0.1"


@dataclass(frozen=True)
class CertificateRequest:
    """A certificate (or, with ``trust``, only the CA bundle) that an SDS secret of that name must hold."""

    secret_name: str
    identity: str
    dns_sans: tuple[str, ...] = ()
    uri_sans: tuple[str, ...] = ()
    trust: bool = False


@dataclass(frozen=True)
class ProxyConfig:
    """One Envoy's configuration: resources by name, and the secrets the control plane must add to them.

    ``scopes`` are ScopedRouteConfigurations, present only where one listener chooses among several route tables.
    """

    node_id: str
    listeners: Mapping[str, Message] = field(default_factory=dict)
    routes: Mapping[str, Message] = field(default_factory=dict)
    clusters: Mapping[str, Message] = field(default_factory=dict)
    endpoints: Mapping[str, Message] = field(default_factory=dict)
    scopes: Mapping[str, Message] = field(default_factory=dict)
    secrets: tuple[CertificateRequest, ...] = ()
    warnings: tuple[str, ...] = ()


@dataclass(frozen=True)
class HttpCheck:
    """GET ``path`` answers 200-399."""

    port: int
    path: str


@dataclass(frozen=True)
class TcpCheck:
    port: int


@dataclass(frozen=True)
class SocketHttpCheck:
    """As ``HttpCheck`` but over a Unix socket (Envoy's admin)."""

    socket: Path
    path: str


@dataclass(frozen=True)
class CommandCheck:
    argv: tuple[str, ...]


Check = HttpCheck | TcpCheck | SocketHttpCheck | CommandCheck


@dataclass(frozen=True)
class ProbePlan:
    """A check and its times in seconds, with Kubernetes' meaning of the thresholds."""

    check: Check
    initial_delay: float = 0.0
    period: float = 10.0
    timeout: float = 1.0
    success_threshold: int = 1
    failure_threshold: int = 3


@dataclass(frozen=True)
class ProcessSpec:
    """One process to keep running. ``kind`` is localstack, envoy or container.

    ``stop_grace`` seconds pass between SIGTERM and SIGKILL. ``ports`` are what it binds, by role, for status output.
    """

    name: str
    kind: str
    argv: tuple[str, ...]
    env: Mapping[str, str]
    cwd: Path
    pod: str = ""
    container: str = ""
    ports: Mapping[str, int] = field(default_factory=dict)
    readiness: ProbePlan | None = None
    liveness: ProbePlan | None = None
    startup: ProbePlan | None = None
    stop_grace: float = 10.0


@dataclass(frozen=True)
class RunPlan:
    """Processes in start order: each starts once those before it of another kind are ready."""

    processes: tuple[ProcessSpec, ...] = ()
    unsupported: tuple[str, ...] = ()
