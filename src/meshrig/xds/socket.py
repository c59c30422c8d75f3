"""A place for a Unix socket that private keys travel on."""

import os
import socket
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from meshrig.errors import MeshrigError

# sun_path has 104 bytes on macOS, 108 on Linux, one of them the terminating zero.
_LONGEST_PATH = 103


@contextmanager
def private_socket(path: str) -> Iterator[None]:
    """Bind the socket at ``path`` inside this context: it comes up 0600, in a folder that must be 0700 (made so).

    A socket that nobody listens on any more is removed. Raises MeshrigError for a path that is too long, open to
    others, in use or no socket.
    """
    file = Path(path)
    if len(os.fsencode(path)) > _LONGEST_PATH:
        raise MeshrigError(f"{path} is too long for a Unix socket", hint=f"at most {_LONGEST_PATH} bytes")
    file.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    if stat.S_IMODE(file.parent.stat().st_mode) & 0o077:
        raise MeshrigError(f"{file.parent} is open to other users", hint=f"chmod 700 {file.parent}")
    _remove_stale(file)
    # The mode is there from the first moment; binding doesn't leave this thread.
    before = os.umask(0o177)
    try:
        yield
    finally:
        os.umask(before)


def _remove_stale(file: Path) -> None:
    if not file.exists():
        return
    if not file.is_socket():
        raise MeshrigError(f"{file} exists and is no socket", hint="remove it, or choose another path")
    with socket.socket(socket.AF_UNIX) as probe:
        try:
            probe.connect(str(file))
        except OSError:
            file.unlink()
        else:
            raise MeshrigError(f"another control plane listens on {file}", hint="stop it first")
