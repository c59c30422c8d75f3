"""``meshrig up`` and ``meshrig down`` on this machine."""

import asyncio
import os
import signal
from collections.abc import Callable
from pathlib import Path
from typing import Any

from meshrig import __version__
from meshrig.errors import MeshrigError
from meshrig.harness import daemon_process
from meshrig.harness.client import ControlClient, take_events
from meshrig.harness.inputs import read_inputs
from meshrig.harness.prepare import find_uv, prepare_images, prepare_localstack
from meshrig.harness.turn import interrupt_holder, turn, turn_file
from meshrig.runtime.process.record import ProcessRecord, RecordStore
from meshrig.runtime.process.supervisor import Supervisor
from meshrig.settings import Places, existing_places, places

Say = Callable[[str], None]


def up(project_file: Path, say: Say) -> dict[str, Any]:
    """Bring the system up or to the files' present state; returns its status.

    Raises InvalidInputError before anything changes. When the first start fails, or is interrupted, nothing is left
    running; a system that ran before stays.
    """
    inputs = read_inputs(project_file)
    found = places(project_file.parent)
    with turn(turn_file(found), say):
        uv = find_uv()
        prepare_localstack(found, uv, say)
        prepare_images(inputs, found, uv, say)
        was_running = _ensure_daemon(found)
        try:
            return _converge(found, project_file, say)
        except (MeshrigError, KeyboardInterrupt) as reason:
            if not was_running:
                if isinstance(reason, KeyboardInterrupt):
                    say("interrupted: stopping what was started")
                _stop(found)
            raise


def down(project_file: Path) -> bool:
    """Stop everything, with or without a daemon, and an ``up`` under way; returns whether anything ran."""
    found = existing_places(project_file)
    interrupted = interrupt_holder(turn_file(found))
    return _stop(found) or interrupted


def status(project_file: Path) -> dict[str, Any] | None:
    """The daemon's status, or None where nothing runs; processes whose daemon is gone are named too."""
    found = existing_places(project_file)
    try:
        return ControlClient(found.control).status()
    except OSError:
        return _describe_unattended(found)


def _stop(found: Places) -> bool:
    pid = daemon_process.answering(found)
    pids = {pid} if pid else set(daemon_process.lost(found))
    for each in pids:
        daemon_process.end(each)
    return bool(asyncio.run(_stop_leftovers(found))) or bool(pids)


def _converge(found: Places, project_file: Path, say: Say) -> dict[str, Any]:
    try:
        return take_events(ControlClient(found.control).converge({"project_file": str(project_file)}), say)
    except OSError as error:
        raise MeshrigError(f"lost the daemon: {error}", log=str(found.logs / "meshrig.log")) from error


def _ensure_daemon(found: Places) -> bool:
    """Have a daemon of this very code running; returns whether the system ran before, with a daemon or without."""
    pid = daemon_process.answering(found)
    if pid is None:
        # One that can't be asked holds ports and processes: it ends with them.
        for each in daemon_process.lost(found):
            daemon_process.end(each)
        adopts = bool(_alive(found))
        daemon_process.start(found)
        return adopts
    if not daemon_process.runs_this_code(found):
        # End the daemon alone; a new one adopts the processes it leaves.
        os.kill(pid, signal.SIGKILL)
        daemon_process.wait_gone(pid)
        daemon_process.start(found)
    return True


def _describe_unattended(found: Places) -> dict[str, Any] | None:
    alive = _alive(found)
    if not alive:
        return None
    processes = [
        {"name": record.name, "kind": "", "pod": "", "pid": record.pid, "state": "unattended", "restarts": 0,
         "ports": {f"port{index}": port for index, port in enumerate(record.ports)}, "since": record.started}
        for record in alive
    ]  # fmt: skip
    daemon = {"pid": 0, "state": "gone", "log": str(found.logs / "meshrig.log")}
    return {"version": __version__, "daemon": daemon, "processes": processes}


def _alive(found: Places) -> list[ProcessRecord]:
    return [record for record in RecordStore(found.state / "processes").load().values() if record.is_alive()]


async def _stop_leftovers(found: Places) -> tuple[str, ...]:
    return await Supervisor(found.state, found.logs).prune(())
