"""Reads settings that several parts of the plugin have from the environment."""

from collections.abc import Mapping
from dataclasses import dataclass


class BadSettingError(Exception):
    """An environment variable has a value that cannot be used."""


@dataclass(frozen=True)
class ListenAddress:
    """Where to listen; port 0 lets the kernel choose."""

    host: str
    port: int


def listen_address(environment: Mapping[str, str], variable: str, example: str) -> ListenAddress | None:
    """The address ``variable`` asks for, None when unset or empty; BadSettingError for any other text."""
    text = environment.get(variable, "").strip()
    if not text:
        return None
    host, colon, port = text.rpartition(":")
    if not colon or not host or not (port.isascii() and port.isdigit()) or int(port) > 65535:
        raise BadSettingError(f"{variable} must be <host>:<port>, e.g. {example}; got {text!r}")
    return ListenAddress(host, int(port))
