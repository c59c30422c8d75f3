"""The control API with its real client, over a real socket."""

import asyncio
import stat
import tempfile
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path
from typing import Any

import pytest

from meshrig.errors import InvalidInputError, MeshrigError, Origin, Problem
from meshrig.harness.client import ControlClient, exchange, take_events
from meshrig.harness.control_server import ControlServer, Say

Converge = Callable[[dict[str, Any], Say], Awaitable[None]]
Serve = Callable[[Converge], Awaitable[ControlClient]]


@pytest.fixture
def socket() -> Any:
    with tempfile.TemporaryDirectory(prefix="mc") as folder:
        yield Path(folder) / "control.sock"


@pytest.fixture
async def serve(socket: Path) -> AsyncIterator[Serve]:
    servers: list[ControlServer] = []

    async def served(converge: Converge) -> ControlClient:
        server = ControlServer(socket, "the log", converge, lambda: {"state": "up"})
        await server.start()
        servers.append(server)
        return ControlClient(socket)

    yield served
    for each in servers:
        await each.close()
    assert not socket.exists()


async def converge(client: ControlClient, body: dict[str, Any]) -> tuple[dict[str, Any], list[str]]:
    said: list[str] = []
    return await asyncio.to_thread(lambda: take_events(client.converge(body), said.append)), said


async def test_progress_comes_in_order_and_the_status_last(serve: Serve, socket: Path) -> None:
    bodies: list[Any] = []

    async def work(body: dict[str, Any], say: Say) -> None:
        bodies.append(body)
        say("one")
        await asyncio.to_thread(say, "two")
        say("three")

    client = await serve(work)
    assert await converge(client, {"a": 1}) == ({"state": "up"}, ["one", "two", "three"])
    assert bodies == [{"a": 1}]
    assert stat.S_IMODE(socket.stat().st_mode) == 0o600


async def test_a_body_may_be_as_large_as_a_template(serve: Serve) -> None:
    async def work(body: dict[str, Any], say: Say) -> None:
        say(str(len(body["template"])))

    assert await converge(await serve(work), {"template": "x" * 2_000_000}) == ({"state": "up"}, ["2000000"])


@pytest.mark.parametrize(
    ("error", "code"),
    [
        (MeshrigError("no", "try again", "the log of it"), 1),
        (InvalidInputError([Problem("wrong", Origin("a.yaml", 3))]), 2),
    ],
)
async def test_an_error_arrives_as_it_was_raised(serve: Serve, error: MeshrigError, code: int) -> None:
    async def work(_: dict[str, Any], __: Say) -> None:
        raise error

    with pytest.raises(MeshrigError) as caught:
        await converge(await serve(work), {})
    assert (caught.value.message, caught.value.hint, caught.value.log) == (error.message, error.hint, error.log)
    assert caught.value.exit_code == code


async def test_what_nobody_expected_is_an_error_with_the_log(serve: Serve) -> None:
    async def work(_: dict[str, Any], __: Say) -> None:
        raise KeyError("x")

    with pytest.raises(MeshrigError, match=r"unexpected: KeyError\('x'\)") as caught:
        await converge(await serve(work), {})
    assert caught.value.log == "the log"


async def test_work_goes_on_when_who_asked_has_gone(serve: Serve, socket: Path) -> None:
    go, done = asyncio.Event(), asyncio.Event()

    async def work(_: dict[str, Any], say: Say) -> None:
        say("started")
        await go.wait()
        say("to nobody")
        done.set()

    await serve(work)
    reader, writer = await asyncio.open_unix_connection(str(socket))
    writer.write(b"POST /v1/converge HTTP/1.1\r\nHost: x\r\nContent-Length: 2\r\n\r\n{}")
    assert b"200" in await reader.readline()
    writer.close()
    go.set()
    await asyncio.wait_for(done.wait(), 5)


async def test_a_socket_left_behind_is_replaced(serve: Serve, socket: Path) -> None:
    async def work(_: dict[str, Any], __: Say) -> None: ...

    socket.write_text("left by a daemon that was killed")
    assert await asyncio.to_thread((await serve(work)).status) == {"state": "up"}


async def test_one_request_by_text(serve: Serve, socket: Path) -> None:
    async def work(body: dict[str, Any], say: Say) -> None:
        say(body["name"])

    await serve(work)
    status = await asyncio.to_thread(lambda: list(exchange(socket, '{"path": "/v1/status"}')))
    assert status == [{"state": "up"}]
    asked = '{"path": "/v1/converge", "body": {"name": "shop"}}'
    events = await asyncio.to_thread(lambda: list(exchange(socket, asked)))
    assert events == [{"say": "shop"}, {"done": {"state": "up"}}]
