"""``meshrig up`` and ``meshrig down`` on this machine."""

import asyncio
import contextlib
import hashlib
import os
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import meshrig
from meshrig.errors import MeshrigError
from meshrig.harness.client import ControlClient, take_events
from meshrig.harness.inputs import read_inputs
from meshrig.harness.prepare import find_uv, prepare_images, prepare_localstack
from meshrig.runtime.process.supervisor import Supervisor, last_lines
from meshrig.settings import Places, places

Say = Callable[[str], None]
DAEMON_START_SECONDS = 20.0
DAEMON_STOP_SECONDS = 60.0


def up(project_file: Path, say: Say) -> dict[str, Any]:
    """Bring the system up or to the files' present state; returns its status.

    Raises InvalidInputError before anything changes. When the first start fails, nothing is left running.
    """
    found = places(project_file.parent)
    inputs = read_inputs(project_file)
    uv = find_uv()
    prepare_localstack(found, uv, say)
    prepare_images(inputs, found, uv, say)
    was_running = _ensure_daemon(found)
    try:
        return _converge(found, project_file, say)
    except MeshrigError:
        if not was_running:
            down(project_file)
        raise


def down(project_file: Path) -> bool:
    """Stop everything, with or without a daemon; returns whether anything ran."""
    found = places(project_file.parent)
    client = ControlClient(found.control)
    try:
        pid = int(client.status()["daemon"]["pid"])
        client.stop()
    except OSError:
        return asyncio.run(_stop_leftovers(found))
    _wait_gone(pid)
    return True


def status(project_file: Path) -> dict[str, Any] | None:
    """The daemon's status, or None where none runs."""
    try:
        return ControlClient(places(project_file.parent).control).status()
    except OSError:
        return None


def _converge(found: Places, project_file: Path, say: Say) -> dict[str, Any]:
    log = str(found.logs / "meshrig.log")
    try:
        return take_events(ControlClient(found.control).converge({"project_file": str(project_file)}), say)
    except OSError as error:
        raise MeshrigError(f"lost the daemon: {error}", log=log) from error


def _ensure_daemon(found: Places) -> bool:
    """Have a daemon of this very code running; returns whether one ran before."""
    client = ControlClient(found.control)
    marker = found.state / "daemon.code"
    try:
        pid = int(client.status()["daemon"]["pid"])
    except OSError:
        _start_daemon(found, client)
        marker.write_text(code_fingerprint())
        return False
    if marker.exists() and marker.read_text() == code_fingerprint():
        return True
    # The code has changed under it: end the daemon alone; a new one adopts the processes it leaves.
    os.kill(pid, 9)
    _wait_gone(pid)
    _start_daemon(found, client)
    marker.write_text(code_fingerprint())
    return True


def _start_daemon(found: Places, client: ControlClient) -> None:
    log = found.logs / "meshrig.log"
    argv = [sys.executable, "-m", "meshrig", "daemon", "--root", str(found.root)]
    with log.open("ab") as output:
        child = subprocess.Popen(
            argv, stdin=subprocess.DEVNULL, stdout=output, stderr=output, start_new_session=True, cwd=found.root
        )
    deadline = time.monotonic() + DAEMON_START_SECONDS
    while time.monotonic() < deadline:
        try:
            client.status()
            return
        except OSError:
            if child.poll() is not None:
                break
            time.sleep(0.05)
    child.kill()
    raise MeshrigError(f"the daemon did not start\n{last_lines(log, 5)}", log=str(log))


def _wait_gone(pid: int) -> None:
    deadline = time.monotonic() + DAEMON_STOP_SECONDS
    while _exists(pid):
        if time.monotonic() > deadline:
            raise MeshrigError(f"the daemon (pid {pid}) does not end", hint=f"kill -9 {pid} && meshrig down")
        time.sleep(0.05)


def _exists(pid: int) -> bool:
    with contextlib.suppress(ChildProcessError):
        os.waitpid(pid, os.WNOHANG)
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True


async def _stop_leftovers(found: Places) -> bool:
    return bool(await Supervisor(found.state, found.logs).prune(()))


def code_fingerprint() -> str:
    """Changes with meshrig's own source, so that a daemon of older code is not talked to."""
    digest = hashlib.sha256()
    for file in sorted(Path(meshrig.__file__).parent.rglob("*.py")):
        digest.update(file.read_bytes())
    return digest.hexdigest()
