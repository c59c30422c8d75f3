"""One try at a server, and what came of it."""

from dataclasses import dataclass, field
from typing import Literal, Protocol

DIAL_SECONDS = 5.0

OutcomeKind = Literal["answered", "refused", "unreachable", "silent"]


class Certificate(Protocol):
    """A certificate with its private key, PEM."""

    @property
    def cert_chain_pem(self) -> str: ...
    @property
    def private_key_pem(self) -> str: ...


@dataclass(frozen=True)
class Attempt:
    """Dial ``host`` in clear, or over TLS with a certificate or without; ``sni``: the name asked for, if any."""

    host: str
    port: int
    plaintext: bool = False
    certificate: Certificate | None = field(default=None, repr=False)
    sni: str = ""
    timeout: float = DIAL_SECONDS

    def __str__(self) -> str:
        return f"[{self.host}]:{self.port}" if ":" in self.host else f"{self.host}:{self.port}"


@dataclass(frozen=True)
class Outcome:
    """``answered``: HTTP came back. ``refused``: the server took the connection and ended it without.

    ``unreachable``: there was no connection. ``silent``: it stayed open and nothing came. Only the second is a refusal.
    """

    kind: OutcomeKind
    detail: str

    def __str__(self) -> str:
        return f"{self.kind} ({self.detail})"
