import asyncio
from collections import Counter

import pytest

from meshrig.errors import MeshrigError
from meshrig.scenario.connections import Pool
from meshrig.scenario.definition import AllAnswer, FirstOfEachBurst, Load, Request
from meshrig.scenario.http import Address, render
from meshrig.scenario.load import offer_load
from meshrig.scenario.load_checks import check_load
from tests.integration.scenario.local_servers import Api, answer, listening

pytestmark = pytest.mark.integration


def burst_of(size: int) -> Load:
    return Load("burst", Request("POST", "/orders"), size, 1.0, 1.0, FirstOfEachBurst(20))


def url(address: tuple[str, int]) -> str:
    return f"http://{address[0]}:{address[1]}/prod"


async def test_a_bucket_of_20_passes_20_of_25() -> None:
    api = Api(tokens=20)
    async with listening(api.handle) as address:
        got = await offer_load(burst_of(25), url(address), "/orders", '{"quantity": 1}')
    assert Counter(sample.answer.status for sample in got) == {200: 20, 429: 5}
    assert all(check.ok for check in check_load(burst_of(25), got)[1:])
    assert set(api.bodies) == {b'{"quantity": 1}'}


async def test_a_burst_leaves_before_any_answer() -> None:
    all_there = asyncio.Event()
    waiting = 0

    async def answer_when_all_are_there(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        nonlocal waiting
        await reader.readuntil(b"\r\n\r\n")
        waiting += 1
        if waiting == 25:
            all_there.set()
        await all_there.wait()
        writer.write(answer(200))

    async with listening(answer_when_all_are_there) as address:
        got = await offer_load(burst_of(25), url(address), "/orders", "")
    assert Counter(sample.answer.status for sample in got) == {200: 25}


async def test_nobody_there_is_said() -> None:
    async with listening(Api().handle) as address:
        pass
    with pytest.raises(MeshrigError, match="cannot connect"):
        await offer_load(burst_of(1), url(address), "/orders", "")


async def test_connections_are_used_again() -> None:
    api = Api(tokens=3)
    async with listening(api.handle) as address:
        target = Address.of(url(address))
        pool, request = Pool(target), render(target, "POST", "/orders", "")
        statuses = [(await pool.send(request)).answer.status for _ in range(3)]
        pool.close()
    assert statuses == [200] * 3
    assert api.connections == 1


async def test_a_server_that_hangs_up_is_no_answer() -> None:
    async def hang_up(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.close()

    load = Load("l", Request("POST", "/orders"), 2, 1.0, 1.0, AllAnswer(200))
    async with listening(hang_up) as address:
        got = await offer_load(load, url(address), "/orders", "")
    assert [sample.answer.status for sample in got] == [0, 0]
    assert "the connection was closed" in check_load(load, got)[1].seen
