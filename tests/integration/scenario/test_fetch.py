import asyncio
from pathlib import Path

import pytest

from meshrig.errors import MeshrigError
from meshrig.scenario.fetch import fetch_socket, fetch_url
from tests.integration.scenario.local_servers import Api, admin_socket, answer, listening

pytestmark = pytest.mark.integration


async def test_an_answer_with_a_length_and_one_without(tmp_path: Path) -> None:
    api = Api(answers={"GET /stats?a=b": answer(200, b"a: 1")})
    async with listening(api.handle) as (host, port):
        assert (await fetch_url(f"http://{host}:{port}/stats?a=b")).body == b"a: 1"
    async with admin_socket(tmp_path / "admin", lambda: "b: 2") as socket:
        assert (await fetch_socket(socket, "/stats")).body == b"b: 2"


async def test_silence_and_absence_are_status_0(tmp_path: Path) -> None:
    async def say_nothing(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read(-1)
        writer.close()

    async with listening(say_nothing) as (host, port):
        found = await fetch_url(f"http://{host}:{port}/", timeout=0.1)
    assert (found.status, found.body) == (0, b"no answer in time")
    assert (await fetch_socket(tmp_path / "absent", "/")).status == 0


async def test_an_answer_without_end_is_cut_off() -> None:
    async def go_on(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(b"HTTP/1.1 200 X\r\n\r\n")
        try:
            while True:
                writer.write(b"x" * 65536)
                await writer.drain()
        except ConnectionError:
            writer.close()

    async with listening(go_on) as (host, port):
        found = await fetch_url(f"http://{host}:{port}/")
    assert found.status == 0
    assert b"more than" in found.body


async def test_what_is_no_url_is_said() -> None:
    with pytest.raises(MeshrigError, match="not an http or https URL"):
        await fetch_url("users:15020")
