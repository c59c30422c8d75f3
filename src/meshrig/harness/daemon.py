"""The daemon: owns the processes and the control plane of one project, and answers the control API.

The API is HTTP on a Unix socket of mode 0600: ``POST /v1/converge`` streams progress as JSON lines and ends with
``{"done": ...}`` or ``{"error": ...}``; ``GET /v1/status``; ``POST /v1/stop``.
"""

import asyncio
import contextlib
import json
import logging
import os
import signal
from collections.abc import Callable
from pathlib import Path
from typing import Any

from aiohttp import web

from meshrig import __version__
from meshrig.errors import InvalidInputError, MeshrigError
from meshrig.harness.status import describe
from meshrig.harness.system import LocalSystem
from meshrig.names import LOCALSTACK
from meshrig.read.aws.changes import ChangeFeed
from meshrig.runtime.process.keeper import ProcessStatus
from meshrig.runtime.process.supervisor import Supervisor
from meshrig.settings import Places, places

log = logging.getLogger("meshrig.daemon")
_ROTATION_CHECK_SECONDS = 30.0
_RETRY_SECONDS = 2.0


class Daemon:
    """Serialises everything that changes the system behind one lock."""

    def __init__(self, found: Places) -> None:
        self._places = found
        self._lock = asyncio.Lock()
        self._ended = asyncio.Event()
        self._localstack_back = asyncio.Event()
        self._supervisor = Supervisor(found.state, found.logs, self._on_process)
        self._system = LocalSystem(found, self._supervisor)
        self._project_file: Path | None = None
        self._localstack_starts = 0

    async def run(self) -> None:
        """Serve until told to stop, then leave nothing running."""
        loop = asyncio.get_running_loop()
        for number in (signal.SIGTERM, signal.SIGINT):
            loop.add_signal_handler(number, self._ended.set)
        await self._system.start()
        runner = await self._serve_control()
        chores = [asyncio.create_task(chore()) for chore in (self._follow_changes, self._rotate, self._heal)]
        await self._ended.wait()
        for chore in chores:
            chore.cancel()
        await asyncio.gather(*chores, return_exceptions=True)
        await self._system.stop()
        await runner.cleanup()
        self._places.control.unlink(missing_ok=True)

    async def _serve_control(self) -> web.AppRunner:
        app = web.Application()
        app.router.add_post("/v1/converge", self._handle_converge)
        app.router.add_get("/v1/status", self._handle_status)
        app.router.add_post("/v1/stop", self._handle_stop)
        runner = web.AppRunner(app, access_log=None, shutdown_timeout=2.0)
        await runner.setup()
        self._places.control.unlink(missing_ok=True)
        await web.UnixSite(runner, str(self._places.control)).start()
        self._places.control.chmod(0o600)
        return runner

    async def _handle_converge(self, request: web.Request) -> web.StreamResponse:
        project_file = Path((await request.json())["project_file"])
        response = web.StreamResponse(headers={"Content-Type": "application/x-ndjson"})
        await response.prepare(request)
        queue: asyncio.Queue[dict[str, Any]] = asyncio.Queue()
        work = asyncio.create_task(self._converge(project_file, queue.put_nowait))
        while True:
            event = await queue.get()
            with contextlib.suppress(ConnectionError):
                await response.write(json.dumps(event).encode() + b"\n")
            if "done" in event or "error" in event:
                break
        await work
        return response

    async def _converge(self, project_file: Path, emit: Callable[[dict[str, Any]], None]) -> None:
        loop = asyncio.get_running_loop()

        def say(text: str) -> None:
            log.info("%s", text)
            loop.call_soon_threadsafe(emit, {"say": text})

        try:
            async with self._lock:
                await self._system.converge(project_file, say)
                self._project_file = project_file
            # Through the loop like the messages before it, so that it comes last.
            loop.call_soon(emit, {"done": self._status()})
        except MeshrigError as error:
            log.error("%s", error.message)
            loop.call_soon(emit, {"error": error_to_json(error)})
        except Exception as error:
            log.exception("converge failed")
            unexpected = MeshrigError(f"unexpected: {error!r}", log=str(self._places.logs / "meshrig.log"))
            loop.call_soon(emit, {"error": error_to_json(unexpected)})

    async def _handle_status(self, _: web.Request) -> web.Response:
        return web.json_response(self._status())

    async def _handle_stop(self, _: web.Request) -> web.Response:
        self._ended.set()
        return web.json_response({"stopping": True})

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
                await self._converge(self._project_file, lambda _: None)

    async def _follow_changes(self) -> None:
        feed: ChangeFeed | None = None
        while True:
            running = self._system.running
            if running is None:
                await asyncio.sleep(0.2)
                continue
            if feed is None or feed.endpoint != running.clients.endpoint:
                feed = ChangeFeed(running.clients.endpoint)
            try:
                await feed.wait()
                async with self._lock:
                    await self._system.refresh()
            except MeshrigError as error:
                log.error("a change was not taken, the last good configuration stays: %s", error.message)
            except (OSError, TimeoutError) as error:
                log.info("the change feed is away: %s", error)
                await asyncio.sleep(_RETRY_SECONDS)
            except Exception:
                log.exception("following changes failed")
                await asyncio.sleep(_RETRY_SECONDS)

    async def _rotate(self) -> None:
        while True:
            await asyncio.sleep(_ROTATION_CHECK_SECONDS)
            async with self._lock:
                self._system.rotate()


def error_to_json(error: MeshrigError) -> dict[str, Any]:
    """What the command line needs to print an error and to exit as the error says."""
    return {
        "message": error.message,
        "hint": error.hint,
        "log": error.log,
        "exit_code": error.exit_code,
        "invalid_input": isinstance(error, InvalidInputError),
    }


def serve(root: Path) -> None:
    """Run the daemon of the project at ``root`` until it is stopped."""
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(levelname)s %(name)s %(message)s")
    logging.getLogger("botocore").setLevel(logging.WARNING)
    os.umask(0o077)
    asyncio.run(Daemon(places(root)).run())
