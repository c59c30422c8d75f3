"""What a scenario file says."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

ClientKind = Literal["valid", "none", "self_signed", "other_ca", "expired", "wrong_san", "plaintext"]

# Kinds of client that show no certificate.
WITHOUT_CERTIFICATE: tuple[ClientKind, ...] = ("none", "plaintext")

# How a client that goes around the mesh can get at a server.
Via = Literal["pod_ip", "cluster_ip", "node_port"]


@dataclass(frozen=True)
class Request:
    """One call below the invoke URL; ``body`` is JSON text whose strings, like ``path``, may hold ``${variable}``."""

    method: str
    path: str
    body: str = ""


@dataclass(frozen=True)
class Call:
    """A single request: the statuses that are right, JSON text expected at dotted paths of the answer, what to keep.

    ``capture`` is variable -> dotted path; ``values`` is dotted path -> JSON text of the value expected there.
    """

    name: str
    request: Request
    expect: tuple[int, ...]
    values: Mapping[str, str] = field(default_factory=dict)
    capture: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class AllAnswer:
    """Every request is answered with this status."""

    status: int


@dataclass(frozen=True)
class Rest:
    """What the requests get that are not admitted; ``body``: JSON text, empty where any will do."""

    status: int = 429
    body: str = ""


@dataclass(frozen=True)
class FirstOfEachBurst:
    """At least ``count`` of each burst pass with 200; the others pass too or are the rest."""

    count: int
    rest: Rest = field(default_factory=Rest)


@dataclass(frozen=True)
class TokenBucket:
    """What a token bucket admits passes with 200, within ``tolerance`` (a fraction of it); the others are the rest.

    ``rate``: tokens a second; ``burst``: the most the bucket holds, and what it holds at first.
    """

    rate: float
    burst: int
    tolerance: float = 0.02
    rest: Rest = field(default_factory=Rest)


Expectation = AllAnswer | FirstOfEachBurst | TokenBucket


@dataclass(frozen=True)
class Load:
    """Requests on a fixed schedule: ``size`` at once every ``every`` seconds, for ``duration`` seconds.

    An even rate of r per second is size 1 every 1/r. ``settle`` seconds pass before it, for a bucket to fill.
    """

    name: str
    request: Request
    size: int
    every: float
    duration: float
    expect: Expectation
    settle: float = 0.0


@dataclass(frozen=True)
class MeshConfig:
    """The App Mesh API shows these virtual nodes with strict, validated listener TLS and enforced client policies.

    ``authority``: the chain file or secret name of the CA that all of them must trust; empty for any.
    """

    name: str
    virtual_nodes: tuple[str, ...]
    authority: str = ""


@dataclass(frozen=True)
class Handshake:
    """Dial a virtual node's sidecar as ``client`` (with a certificate made for ``virtual_node`` where it has one).

    ``counter``: what follows ``listener.<address>.`` in the name of a counter of the server that must rise.
    """

    name: str
    target: str
    client: ClientKind
    accepted: bool
    virtual_node: str = ""
    counter: str = ""


@dataclass(frozen=True)
class Bypass:
    """Clients without a certificate dial a virtual node's addresses directly, and none may get an HTTP answer."""

    name: str
    target: str
    via: tuple[Via, ...]
    clients: tuple[ClientKind, ...]


Phase = Call | Load | MeshConfig | Handshake | Bypass


@dataclass(frozen=True)
class Scenario:
    """``setup`` must succeed before any phase runs; phases run in order, a failed one not stopping the next."""

    name: str
    description: str
    phases: tuple[Phase, ...]
    setup: tuple[Call, ...] = ()
