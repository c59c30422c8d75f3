import asyncio
from collections.abc import Awaitable, Callable

import pytest
from botocore.exceptions import EndpointConnectionError

from meshrig.errors import InvalidInputError, MeshrigError, Problem
from meshrig.harness import follow
from meshrig.harness.follow import follow_changes
from tests.unit.harness.fake_aws import FakeAws

AWAY = EndpointConnectionError(endpoint_url="http://x")


class Taken:
    """Counts, and raises what it is told to, once."""

    def __init__(self) -> None:
        self.times = 0
        self.raises: list[Exception] = []
        self._happened = asyncio.Event()

    async def __call__(self) -> None:
        self.times += 1
        self._happened.set()
        if self.raises:
            raise self.raises.pop(0)

    async def until(self, times: int) -> None:
        async with asyncio.timeout(5):
            while self.times < times:
                self._happened.clear()
                await self._happened.wait()


@pytest.fixture
def taken() -> Taken:
    return Taken()


async def while_following(
    endpoint: Callable[[], str | None], taken: Taken, body: Callable[[], Awaitable[None]]
) -> None:
    task = asyncio.create_task(follow_changes(endpoint, taken, retry_seconds=0.05))
    try:
        await body()
        assert not task.done()
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


async def test_each_change_is_taken_once(aws: FakeAws, taken: Taken) -> None:
    async def body() -> None:
        await taken.until(1)
        await asyncio.sleep(0.2)
        assert taken.times == 1
        aws.change()
        await taken.until(2)

    await while_following(lambda: aws.url, taken, body)


async def test_nothing_is_followed_before_there_is_something(aws: FakeAws, taken: Taken) -> None:
    known: list[str] = []

    async def body() -> None:
        await asyncio.sleep(follow._IDLE_SECONDS * 1.5)
        assert not aws.requests
        known.append(aws.url)
        await taken.until(1)

    await while_following(lambda: known[0] if known else None, taken, body)


async def test_a_change_that_can_not_be_read_is_read_again(aws: FakeAws, taken: Taken) -> None:
    taken.raises = [AWAY, ConnectionResetError("gone"), MeshrigError("reading mesh shop: away"), KeyError("odd")]

    async def body() -> None:
        await taken.until(5)
        assert aws.requests.count("GET /_meshrig/changes") == 1

    await while_following(lambda: aws.url, taken, body)


async def test_a_change_that_is_wrong_waits_for_the_next(aws: FakeAws, taken: Taken) -> None:
    taken.raises = [InvalidInputError([Problem("two meshes")])]

    async def body() -> None:
        await taken.until(1)
        await asyncio.sleep(0.2)
        assert taken.times == 1
        aws.change()
        await taken.until(2)

    await while_following(lambda: aws.url, taken, body)


async def test_a_feed_that_is_away_is_asked_again(aws: FakeAws, taken: Taken) -> None:
    aws.away = True

    async def body() -> None:
        await asyncio.sleep(0.2)
        assert taken.times == 0
        aws.away = False
        await taken.until(1)

    await while_following(lambda: aws.url, taken, body)
