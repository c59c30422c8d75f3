"""The control API: HTTP on a Unix socket of mode 0600.

``POST /v1/converge`` streams progress as JSON lines and ends with ``{"done": status}`` or ``{"error": ...}``;
``GET /v1/status``.
"""

import asyncio
import contextlib
import json
import logging
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from aiohttp import web

from meshrig.errors import MeshrigError

log = logging.getLogger("meshrig.control")
Json = dict[str, Any]
Say = Callable[[str], None]
_LARGEST_BODY = 16 * 1024 * 1024


@dataclass
class ControlServer:
    """``converge(request body, say)`` does the work and raises MeshrigError; ``status`` never blocks."""

    socket: Path
    log_file: str
    converge: Callable[[Json, Say], Awaitable[None]]
    status: Callable[[], Json]
    _runner: web.AppRunner | None = None

    async def start(self) -> None:
        app = web.Application(client_max_size=_LARGEST_BODY)
        app.router.add_post("/v1/converge", self._handle_converge)
        app.router.add_get("/v1/status", self._handle_status)
        self._runner = web.AppRunner(app, access_log=None, shutdown_timeout=2.0)
        await self._runner.setup()
        self.socket.unlink(missing_ok=True)
        await web.UnixSite(self._runner, str(self.socket)).start()
        self.socket.chmod(0o600)

    async def close(self) -> None:
        if self._runner:
            await self._runner.cleanup()
        self.socket.unlink(missing_ok=True)

    async def _handle_converge(self, request: web.Request) -> web.StreamResponse:
        body: Json = await request.json()
        response = web.StreamResponse(headers={"Content-Type": "application/x-ndjson"})
        await response.prepare(request)
        queue: asyncio.Queue[Json] = asyncio.Queue()
        work = asyncio.create_task(self._run(body, queue.put_nowait))
        while True:
            event = await queue.get()
            with contextlib.suppress(ConnectionError):
                await response.write(json.dumps(event).encode() + b"\n")
            if "done" in event or "error" in event:
                break
        await work
        return response

    async def _run(self, body: Json, emit: Callable[[Json], None]) -> None:
        loop = asyncio.get_running_loop()

        def say(text: str) -> None:
            log.info("%s", text)
            loop.call_soon_threadsafe(emit, {"say": text})

        try:
            await self.converge(body, say)
            # Through the loop like the messages before it, so that it comes last.
            loop.call_soon(emit, {"done": self.status()})
        except MeshrigError as error:
            log.error("%s", error.message)
            loop.call_soon(emit, {"error": error_to_json(error)})
        except Exception as error:
            log.exception("converge failed")
            unexpected = MeshrigError(f"unexpected: {error!r}", log=self.log_file)
            loop.call_soon(emit, {"error": error_to_json(unexpected)})

    async def _handle_status(self, _: web.Request) -> web.Response:
        return web.json_response(self.status())


def error_to_json(error: MeshrigError) -> Json:
    """What the command line needs to print an error and to exit as the error says."""
    return {
        "message": error.message,
        "hint": error.hint,
        "log": error.log,
        "exit_code": error.exit_code,
    }
