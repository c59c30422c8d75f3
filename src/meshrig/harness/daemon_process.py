"""The daemon as a process: find it, start it, end it, whatever is left of its sockets and records."""

import contextlib
import hashlib
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import psutil

import meshrig
from meshrig.errors import MeshrigError
from meshrig.harness.client import ControlClient
from meshrig.runtime.process.launch import rotate
from meshrig.settings import Places

START_SECONDS = 30.0
_STOP_SECONDS = 60.0
_POLL_SECONDS = 0.05


def answering(found: Places) -> int | None:
    """The pid of the daemon that answers on this project's socket; None where none does."""
    try:
        return int(ControlClient(found.control).status()["daemon"]["pid"])
    except (OSError, KeyError, TypeError):
        return None


def lost(found: Places) -> tuple[int, ...]:
    """Daemons of this project that can't be asked, such as after somebody removed their socket."""
    wanted = list(_arguments(found))
    pids = []
    for process in psutil.process_iter(["cmdline", "uids"]):
        uids, cmdline = process.info["uids"], process.info["cmdline"] or []
        if cmdline[1:] == wanted and uids and uids.real == os.getuid():
            pids.append(process.pid)
    return tuple(pids)


def end(pid: int) -> None:
    """Have a daemon end with all that it runs; one that doesn't listen any more is killed alone."""
    with contextlib.suppress(ProcessLookupError):
        os.kill(pid, signal.SIGTERM)
    if not wait_gone(pid):
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)
        wait_gone(pid)


def wait_gone(pid: int, seconds: float = _STOP_SECONDS) -> bool:
    """Whether the process ends in time."""
    deadline = time.monotonic() + seconds
    while _exists(pid):
        if time.monotonic() > deadline:
            return False
        time.sleep(_POLL_SECONDS)
    return True


def start(found: Places) -> None:
    """Start a daemon and wait until it answers. Raises MeshrigError with what it said when it doesn't."""
    log = found.logs / "meshrig.log"
    rotate(log)
    before = log.stat().st_size if log.exists() else 0
    with log.open("ab") as output:
        child = subprocess.Popen(
            [sys.executable, *_arguments(found)],
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=output,
            start_new_session=True,
            cwd=found.root,
        )
    try:
        _wait_answer(found, child, log, before)
    except BaseException:
        # Ctrl-C among them: a daemon nobody has spoken to yet must not stay.
        child.kill()
        child.wait()
        raise
    _marker(found).write_text(_code_fingerprint())


def runs_this_code(found: Places) -> bool:
    """Whether the daemon was started from the source as it is now."""
    marker = _marker(found)
    return marker.exists() and marker.read_bytes() == _code_fingerprint().encode()


def _wait_answer(found: Places, child: subprocess.Popen[bytes], log: Path, before: int) -> None:
    deadline = time.monotonic() + START_SECONDS
    while answering(found) != child.pid:
        if child.poll() is not None or time.monotonic() > deadline:
            said = log.read_bytes()[before:].decode(errors="replace").splitlines()
            raise MeshrigError(
                "\n".join(["the daemon did not start", *(f"    {line}" for line in said[-5:])]), log=str(log)
            )
        time.sleep(_POLL_SECONDS)


def _arguments(found: Places) -> tuple[str, ...]:
    return ("-m", "meshrig", "daemon", "--root", str(found.root))


def _marker(found: Places) -> Path:
    return found.state / "daemon.code"


def _exists(pid: int) -> bool:
    with contextlib.suppress(ChildProcessError):
        os.waitpid(pid, os.WNOHANG)
    try:
        return psutil.Process(pid).status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False


def _code_fingerprint() -> str:
    """Changes with meshrig's own source, so that a daemon of older code is not talked to."""
    digest = hashlib.sha256()
    for file in sorted(Path(meshrig.__file__).parent.rglob("*.py")):
        digest.update(file.read_bytes())
    return digest.hexdigest()
