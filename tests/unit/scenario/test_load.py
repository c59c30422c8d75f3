"""The generator and its checks against a small server on loopback."""

import asyncio
from collections.abc import AsyncIterator

import pytest
from aiohttp import web

from meshrig.scenario.definition import Bucket, Load, Request
from meshrig.scenario.http import Address, Answer, Pool, render
from meshrig.scenario.load import Sample, check_load, offer, schedule

ORDER = Request("POST", "/orders", "{}")


def load(**changes: object) -> Load:
    values: dict[str, object] = {"name": "l", "request": ORDER, "size": 1, "every": 0.02, "duration": 0.4}
    return Load(**(values | changes))  # type: ignore[arg-type]


@pytest.fixture
async def slow_server() -> AsyncIterator[str]:
    async def answer(_: web.Request) -> web.Response:
        await asyncio.sleep(0.3)
        return web.json_response({})

    app = web.Application()
    app.router.add_route("*", "/{tail:.*}", answer)
    runner = web.AppRunner(app)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    yield f"http://127.0.0.1:{runner.addresses[0][1]}/prod"
    await runner.cleanup()


def test_a_schedule_is_fixed_in_advance() -> None:
    assert schedule(load(size=2, every=1.0, duration=2.0)) == ((0, 0.0), (0, 0.0), (1, 1.0), (1, 1.0))
    assert len(schedule(load(every=1 / 150, duration=15))) == 2250


async def test_slow_answers_do_not_delay_the_schedule(slow_server: str) -> None:
    samples = await offer(load(), slow_server, "{}")
    assert [sample.answer.status for sample in samples] == [200] * 20
    # Twenty answers of 0.3 s each, one after another, would take 6 s.
    assert max(sample.sent for sample in samples) < 0.4 + 0.25


async def test_no_answer_is_status_zero() -> None:
    address = Address("127.0.0.1", 1, "")
    assert (await Pool(address).send(render(address, "GET", "/", ""))).status == 0


def samples_of(*statuses: int) -> list[Sample]:
    return [Sample(0, 0.0, 0.0, 0.1, Answer(status, b"")) for status in statuses]


@pytest.mark.parametrize(
    ("expectation", "statuses", "ok"),
    [
        ({"all_status": 200}, [200] * 5, True),
        ({"all_status": 200}, [200, 200, 0], False),
        ({"first": 2}, [200, 200, 429], True),
        ({"first": 2}, [200, 429, 429], False),
        ({"first": 2}, [200, 200, 500], False),
        ({"bucket": Bucket(1, 2)}, [200, 200, 429], True),
        ({"bucket": Bucket(1, 2)}, [200, 200, 200], False),
        ({"bucket": Bucket(1, 2)}, [200, 200, 503], False),
    ],
)
def test_checks_tell_right_from_wrong(expectation: dict[str, object], statuses: list[int], ok: bool) -> None:
    checks = check_load(load(**expectation), samples_of(*statuses))
    assert all(check.ok for check in checks) is ok
