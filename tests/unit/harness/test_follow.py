"""Following changes, on a feed that is a small web server."""

import asyncio
from collections.abc import AsyncIterator

import pytest
from aiohttp import web

from meshrig.errors import InvalidInputError, MeshrigError, Origin, Problem
from meshrig.harness import follow


@pytest.fixture
async def feed() -> AsyncIterator[str]:
    """Tells of one change, then of nothing for ever."""
    told = asyncio.Event()

    async def changes(_: web.Request) -> web.Response:
        if told.is_set():
            await asyncio.sleep(600)
        told.set()
        return web.json_response({"revision": 1, "instance": "i", "changes": []})

    app = web.Application()
    app.router.add_get("/_meshrig/changes", changes)
    runner = web.AppRunner(app, shutdown_timeout=0.1)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    yield f"http://127.0.0.1:{runner.addresses[0][1]}"
    await runner.cleanup()


async def calls_until_quiet(url: str, answers: list[Exception | None], monkeypatch: pytest.MonkeyPatch) -> int:
    monkeypatch.setattr(follow, "_RETRY_SECONDS", 0.01)
    calls = 0

    async def take() -> None:
        nonlocal calls
        calls += 1
        if answers and (failure := answers.pop(0)):
            raise failure

    task = asyncio.create_task(follow.follow_changes(lambda: url, take))
    await asyncio.sleep(0.5)
    task.cancel()
    return calls


async def test_a_change_that_could_not_be_read_is_tried_again(feed: str, monkeypatch: pytest.MonkeyPatch) -> None:
    away: list[Exception | None] = [MeshrigError("reading mesh shop: away"), RuntimeError("odd"), None]
    assert await calls_until_quiet(feed, away, monkeypatch) == 3


async def test_a_change_that_is_wrong_is_not(feed: str, monkeypatch: pytest.MonkeyPatch) -> None:
    wrong: list[Exception | None] = [InvalidInputError([Problem("no", Origin())])]
    assert await calls_until_quiet(feed, wrong, monkeypatch) == 1
