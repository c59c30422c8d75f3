"""The daemon: owns the processes and the control plane of one project, and answers the control API."""

import asyncio
import logging
import os
import signal
import sys
from pathlib import Path
from typing import Any

from meshrig import __version__
from meshrig.errors import MeshrigError
from meshrig.harness.control_server import ControlServer, Say
from meshrig.harness.follow import follow_changes
from meshrig.harness.status import describe
from meshrig.harness.system import LocalSystem
from meshrig.names import LOCALSTACK
from meshrig.runtime.process.keeper import ProcessStatus
from meshrig.runtime.process.supervisor import Supervisor
from meshrig.settings import Places, places

log = logging.getLogger("meshrig.daemon")
_ROTATION_CHECK_SECONDS = 30.0
_STOPPED = "the system was stopped while it was starting"


class Daemon:
    """Serialises everything that changes the system behind one lock."""

    def __init__(self, found: Places) -> None:
        self._lock = asyncio.Lock()
        self._ended = asyncio.Event()
        self._localstack_back = asyncio.Event()
        self._supervisor = Supervisor(found.state, found.logs, self._on_process)
        self._system = LocalSystem(found, self._supervisor)
        self._project_file: Path | None = None
        self._work: asyncio.Task[Any] | None = None
        log_file = str(found.logs / "meshrig.log")
        self._control = ControlServer(found.control, log_file, self._handle_converge, self._status)

    async def run(self) -> None:
        """Serve until told to stop, then leave nothing running."""
        loop = asyncio.get_running_loop()
        for number in (signal.SIGTERM, signal.SIGINT):
            loop.add_signal_handler(number, self._ended.set)
        await self._system.start()
        await self._control.start()
        chores = [asyncio.create_task(chore()) for chore in (self._follow_changes, self._rotate, self._heal)]
        await self._ended.wait()
        # A convergence under way would go on to start processes behind our back.
        ending = [*chores, *([self._work] if self._work else [])]
        for task in ending:
            task.cancel()
        await asyncio.gather(*ending, return_exceptions=True)
        await self._system.stop()
        await self._control.close()

    async def _handle_converge(self, body: dict[str, Any], say: Say) -> None:
        await self._converge(Path(body["project_file"]), say)

    async def _converge(self, project_file: Path, say: Say) -> None:
        async with self._lock:
            if self._ended.is_set():
                raise MeshrigError(_STOPPED)
            self._work = asyncio.create_task(self._system.converge(project_file, say))
            try:
                await self._work
            except asyncio.CancelledError:
                if self._ended.is_set():
                    raise MeshrigError(_STOPPED) from None
                raise
            finally:
                self._work = None
            self._project_file = project_file

    def _status(self) -> dict[str, Any]:
        return describe(self._system, __version__, os.getpid())

    def _on_process(self, status: ProcessStatus) -> None:
        log.info(
            "%s is %s (pid %d, %d restarts) %s",
            status.name,
            status.state,
            status.pid,
            status.restarts,
            status.last_exit,
        )
        if status.name == LOCALSTACK and status.state == "ready" and self._project_file:
            self._localstack_back.set()

    async def _heal(self) -> None:
        """A LocalStack that came back has forgotten the stack: make it again."""
        while True:
            await self._localstack_back.wait()
            self._localstack_back.clear()
            if self._project_file:
                try:
                    await self._converge(self._project_file, lambda _: None)
                except MeshrigError as error:
                    log.error("%s", error.message)
                except Exception:
                    log.exception("making the stack again failed")

    async def _follow_changes(self) -> None:
        def endpoint() -> str | None:
            return self._system.running.clients.endpoint if self._system.running else None

        async def take() -> None:
            async with self._lock:
                await self._system.refresh()

        await follow_changes(endpoint, take)

    async def _rotate(self) -> None:
        while True:
            await asyncio.sleep(_ROTATION_CHECK_SECONDS)
            try:
                async with self._lock:
                    self._system.rotate()
            except Exception:
                # The next round tries again: certificates are renewed long before they end.
                log.exception("renewing certificates failed")


def serve(root: Path) -> None:
    """Run the daemon of the project at ``root`` until it is stopped."""
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(levelname)s %(name)s %(message)s")
    logging.getLogger("botocore").setLevel(logging.WARNING)
    os.umask(0o077)
    try:
        asyncio.run(Daemon(places(root)).run())
    except MeshrigError as error:
        log.error("%s%s", error.message, f" ({error.hint})" if error.hint else "")
        sys.exit(error.exit_code)
