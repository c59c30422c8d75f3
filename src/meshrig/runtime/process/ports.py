"""Stable loopback ports: what got a port once gets it again, unless a stranger has taken it since."""

import hashlib
import json
import socket
from dataclasses import dataclass
from pathlib import Path

from meshrig.errors import MeshrigError

DYNAMIC_RANGE = range(20_000, 29_000)
_ATTEMPTS = 200
_LOWEST, _HIGHEST = 1024, 65_535


@dataclass(frozen=True)
class Moved:
    """A wanted port that was taken and the one used instead."""

    name: str
    wanted: int
    port: int


class PortAllocator:
    """Hands out ports of 127.0.0.1 by name, remembered in one JSON file; never one port to two names."""

    def __init__(self, file: Path, ours: frozenset[int] = frozenset()) -> None:
        """``ours``: ports that processes of this very project hold now; they count as free for their own names."""
        self._file = file
        self._ours = ours
        self._ports: dict[str, int] = _load(file)
        self._fixed: set[str] = set()
        self.moved: list[Moved] = []

    def port(self, name: str, preferred: int = 0) -> int:
        """The port of ``name``: the remembered one, else ``preferred`` or one of the range, else the next free one."""
        if name in self._fixed:
            return self._ports[name]
        wanted = preferred or self._ports.get(name) or _hashed(name)
        held = self._ports.get(name)
        if held in self._ours:
            wanted = held or wanted
        taken = {port for other, port in self._ports.items() if other != name}
        free = (p for p in _candidates(wanted) if p not in taken and (p in self._ours or is_free(p)))
        port = next(free, None)
        if port is None:
            raise MeshrigError(f"no free port from {wanted} on for {name}", hint="end what holds them")
        if preferred and port != preferred:
            self.moved.append(Moved(name, preferred, port))
        self._ports[name] = port
        self._fixed.add(name)
        return port

    def remembered(self) -> frozenset[int]:
        """The ports of last time."""
        return frozenset(self._ports.values())

    def save(self) -> None:
        """Write the allocation down, dropping names not asked for this time."""
        kept = {name: port for name, port in sorted(self._ports.items()) if name in self._fixed}
        self._file.parent.mkdir(parents=True, exist_ok=True)
        temporary = self._file.with_suffix(".tmp")
        temporary.write_text(json.dumps(kept, indent=1))
        temporary.replace(self._file)


def is_free(port: int) -> bool:
    """Whether 127.0.0.1:port can be bound now."""
    with socket.socket() as probe:
        # As servers do: a port in TIME_WAIT of our own earlier run counts as free.
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return False
        return True


def _candidates(wanted: int) -> list[int]:
    return [port for port in range(wanted, wanted + _ATTEMPTS) if port <= _HIGHEST]


def _hashed(name: str) -> int:
    number = int.from_bytes(hashlib.sha256(name.encode()).digest()[:4])
    return DYNAMIC_RANGE.start + number % len(DYNAMIC_RANGE)


def _load(file: Path) -> dict[str, int]:
    try:
        data = json.loads(file.read_text())
    except (OSError, ValueError):
        return {}
    pairs = data.items() if isinstance(data, dict) else ()
    return {name: port for name, port in pairs if type(port) is int and _LOWEST <= port <= _HIGHEST}
