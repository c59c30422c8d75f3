"""One ``meshrig up`` at a time in a project, and a ``meshrig down`` that ends it."""

import contextlib
import fcntl
import os
import signal
import time
from collections.abc import Callable, Iterator
from pathlib import Path

from meshrig.errors import MeshrigError
from meshrig.settings import Places

# A kind cluster whose making is under way is waited for.
_GIVE_WAY_SECONDS = 150.0
_POLL_SECONDS = 0.05


@contextlib.contextmanager
def turn(file: Path, say: Callable[[str], None]) -> Iterator[None]:
    """Hold the project's turn; waits, and says so, while another process has it. The file names its holder's pid.

    SIGTERM is a KeyboardInterrupt meanwhile: a job in the background of a script is deaf to SIGINT.
    """
    descriptor = os.open(file, os.O_RDWR | os.O_CREAT, 0o600)
    before = signal.signal(signal.SIGTERM, signal.default_int_handler)
    try:
        if not _take(descriptor):
            say(f"another meshrig up (pid {_holder(file)}) is at work here; waiting for it")
            fcntl.flock(descriptor, fcntl.LOCK_EX)
        os.ftruncate(descriptor, 0)
        os.pwrite(descriptor, str(os.getpid()).encode(), 0)
        yield
    finally:
        signal.signal(signal.SIGTERM, before)
        os.close(descriptor)


def interrupt_holder(file: Path) -> bool:
    """Have a ``meshrig up`` under way end as by Ctrl-C and wait for it; returns whether there was one."""
    interrupted = 0
    deadline = time.monotonic() + _GIVE_WAY_SECONDS
    while not _is_free(file):
        holder = _holder(file)
        # Whoever waited for the turn gets it now, and is to end as well.
        if holder not in {0, interrupted}:
            interrupted = holder
            with contextlib.suppress(ProcessLookupError, PermissionError):
                os.kill(holder, signal.SIGTERM)
        if time.monotonic() > deadline:
            raise MeshrigError(f"meshrig up (pid {holder}) does not end", hint=f"kill {holder} && meshrig down")
        time.sleep(_POLL_SECONDS)
    return bool(interrupted)


def turn_file(found: Places) -> Path:
    """Of whatever runtime: one folder is brought up, or taken down, by one command at a time."""
    return found.state / "up.lock"


def _take(descriptor: int) -> bool:
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def _is_free(file: Path) -> bool:
    try:
        descriptor = os.open(file, os.O_RDWR)
    except FileNotFoundError:
        return True
    try:
        return _take(descriptor)
    finally:
        os.close(descriptor)


def _holder(file: Path) -> int:
    with contextlib.suppress(OSError, ValueError):
        return int(file.read_text())
    return 0
