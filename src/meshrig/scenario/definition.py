"""What a scenario file says."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

ClientKind = Literal["valid", "none", "self_signed", "other_ca", "expired", "wrong_san", "plaintext"]


@dataclass(frozen=True)
class Request:
    """One call below the invoke URL; ``body`` is JSON text that may hold ``${variable}``."""

    method: str
    path: str
    body: str = ""


@dataclass(frozen=True)
class Call:
    """A single request: the statuses that are right, and what to keep of its JSON answer (variable -> dotted path)."""

    name: str
    request: Request
    expect: tuple[int, ...]
    capture: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Bucket:
    """Expected: what a token bucket admits passes, within ``tolerance`` (a fraction), the rest is 429."""

    rate: float
    burst: int
    tolerance: float = 0.02


@dataclass(frozen=True)
class Load:
    """Requests on a fixed schedule: ``size`` at once every ``every`` seconds, for ``duration`` seconds.

    An even rate of r per second is size 1 every 1/r. Exactly one expectation: ``all_status``, ``first`` (so many of
    each burst pass, the rest pass or are 429) or ``bucket``. ``settle`` seconds pass before it, for a bucket to fill.
    """

    name: str
    request: Request
    size: int
    every: float
    duration: float
    all_status: int = 0
    first: int = 0
    bucket: Bucket | None = None
    settle: float = 0.0


@dataclass(frozen=True)
class MeshConfig:
    """The App Mesh API shows these virtual nodes with strict, validated listener TLS and enforced client policies."""

    name: str
    virtual_nodes: tuple[str, ...]


@dataclass(frozen=True)
class Handshake:
    """Dial a virtual node's sidecar as ``client`` (with the certificate of ``virtual_node`` where it has one).

    ``counter``: suffix of an Envoy counter of the server that must rise.
    """

    name: str
    target: str
    client: ClientKind
    accepted: bool
    virtual_node: str = ""
    counter: str = ""


Phase = Call | Load | MeshConfig | Handshake


@dataclass(frozen=True)
class Scenario:
    name: str
    description: str
    phases: tuple[Phase, ...]
