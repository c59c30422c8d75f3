"""Start, adopt, watch and end one operating-system process together with its process group."""

import asyncio
import contextlib
import os
import signal
import subprocess
from pathlib import Path

import psutil

from meshrig.model.plan import ProcessSpec
from meshrig.runtime.process.record import ProcessRecord, spec_hash

MAX_LOG_BYTES = 5_000_000
_POLL_SECONDS = 0.2


class RunningProcess:
    """One live process, a child of ours or adopted from an earlier supervisor."""

    def __init__(self, record: ProcessRecord, child: subprocess.Popen[bytes] | None) -> None:
        self.record = record
        self._child = child

    async def wait(self) -> int | None:
        """Return when it has ended: its exit code (negative: signal), or None where it wasn't our child."""
        while self.record.is_alive():
            await _wait_pid(self.record.pid)
        if self._child is None:
            return None
        return self._child.wait()

    async def stop(self, grace: float) -> None:
        """SIGTERM the leader, and after ``grace`` seconds SIGKILL whatever of the group still runs."""
        with contextlib.suppress(ProcessLookupError):
            if self.record.is_alive():
                os.kill(self.record.pid, signal.SIGTERM)
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(self.wait(), grace)
        await self.kill_group()

    async def kill_group(self) -> None:
        """SIGKILL every member of the group and wait until none is left."""
        while members := self.record.group():
            for pid in members:
                with contextlib.suppress(ProcessLookupError):
                    os.kill(pid, signal.SIGKILL)
            if self._child is not None:
                self._child.poll()
            await asyncio.sleep(0.02)
        if self._child is not None:
            self._child.wait()


def start(spec: ProcessSpec, log: Path) -> RunningProcess:
    """Start ``spec`` in a session of its own with its output appended to ``log``.

    Raises OSError when the program or the working directory doesn't exist.
    """
    rotate(log)
    with log.open("ab") as output:
        child = subprocess.Popen(
            spec.argv,
            env=dict(spec.env),
            cwd=spec.cwd,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=output,
            start_new_session=True,
        )
    started = psutil.Process(child.pid).create_time()
    record = ProcessRecord(spec.name, child.pid, started, spec_hash(spec), tuple(spec.ports.values()))
    return RunningProcess(record, child)


def rotate(log: Path) -> None:
    """Keep one older file once the log has grown past its bound."""
    log.parent.mkdir(parents=True, exist_ok=True)
    if log.exists() and log.stat().st_size > MAX_LOG_BYTES:
        log.replace(log.with_suffix(log.suffix + ".1"))


async def _wait_pid(pid: int) -> None:
    """Wait for a change of that process, at once where the system has pidfds."""
    if not hasattr(os, "pidfd_open"):
        await asyncio.sleep(_POLL_SECONDS)
        return
    try:
        descriptor = os.pidfd_open(pid)
    except ProcessLookupError:
        return
    loop = asyncio.get_running_loop()
    ended = asyncio.Event()
    loop.add_reader(descriptor, ended.set)
    try:
        await ended.wait()
    finally:
        loop.remove_reader(descriptor)
        os.close(descriptor)
