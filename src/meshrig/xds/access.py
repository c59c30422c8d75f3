"""Who may have which node's configuration."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field

import grpc


@dataclass(frozen=True)
class Call:
    """A stream that asks for ``node_id``; ``metadata`` are its gRPC headers, which hold credentials."""

    node_id: str
    peer: str
    metadata: Mapping[str, str] = field(default_factory=dict, repr=False)


class RefusedError(Exception):
    """The stream ends with this status and reason, before anything was sent. The reason goes to the caller."""

    def __init__(self, status: grpc.StatusCode, reason: str) -> None:
        super().__init__(reason)
        self.status = status
        self.reason = reason


Authorize = Callable[[Call], Awaitable[None]]
"""Raises RefusedError for a call that may not have what it asks for."""


async def allow_all(_: Call) -> None:
    """For a socket that only this user can open."""
