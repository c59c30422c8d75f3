"""Reads the listener's address from the environment."""

from collections.abc import Mapping
from dataclasses import dataclass

LISTEN_VARIABLE = "MESHRIG_DYNAMODB_LISTEN"


class BadSettingError(Exception):
    """An environment variable has a value that cannot be used."""


@dataclass(frozen=True)
class ListenAddress:
    """Where to listen; port 0 lets the kernel choose."""

    host: str
    port: int


def listen_address(environment: Mapping[str, str]) -> ListenAddress | None:
    """The address MESHRIG_DYNAMODB_LISTEN asks for, None when unset or empty; BadSettingError for any other text."""
    text = environment.get(LISTEN_VARIABLE, "").strip()
    if not text:
        return None
    host, colon, port = text.rpartition(":")
    if not colon or not host or not (port.isascii() and port.isdigit()) or int(port) > 65535:
        raise BadSettingError(f"{LISTEN_VARIABLE} must be <host>:<port>, e.g. 127.0.0.1:4569; got {text!r}")
    return ListenAddress(host, int(port))
