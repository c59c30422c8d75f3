"""Following objects through broken watches, old versions and absent servers."""

import asyncio
from collections.abc import AsyncIterator

import pytest

from meshrig.kube.cache import Cache
from meshrig.kube.client import KubeClient, Selection
from meshrig.kube.kinds import CONFIG_MAP, Object
from tests.unit.kube.fake_api import FakeApi

PATH = "/api/v1/configmaps"


def config_map(name: str, colour: str) -> Object:
    metadata = {"name": name, "namespace": "x"}
    return {"apiVersion": "v1", "kind": "ConfigMap", "metadata": metadata, "data": {"colour": colour}}


class Followed:
    """A running cache of colours by name."""

    def __init__(self, client: KubeClient) -> None:
        self.changes = 0
        self.waits: list[float] = []
        self._changed = asyncio.Event()
        self.cache = Cache(
            client, Selection(CONFIG_MAP), lambda item: str(item["data"]["colour"]), self._note, self._rest
        )

    def colours(self) -> dict[str, str]:
        return {name: colour for (_, name), colour in self.cache.objects.items()}

    async def until(self, **colours: str) -> None:
        async with asyncio.timeout(5):
            while not self.cache.synced or self.colours() != colours:
                await self._changed.wait()
                self._changed.clear()

    def _note(self) -> None:
        self.changes += 1
        self._changed.set()

    async def _rest(self, seconds: float) -> None:
        self.waits.append(seconds)
        await asyncio.sleep(0.001)


@pytest.fixture
async def followed(client: KubeClient) -> AsyncIterator[Followed]:
    made = Followed(client)
    task = asyncio.create_task(made.cache.run())
    yield made
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)


async def test_what_is_there_and_every_change_is_followed(followed: Followed, api: FakeApi) -> None:
    api.put(config_map("a", "red"))
    await followed.until(a="red")
    api.put(config_map("b", "green"))
    api.put(config_map("a", "blue"))
    await followed.until(a="blue", b="green")
    api.remove(CONFIG_MAP, "a", "x")
    await followed.until(b="green")
    assert api.count(f"GET {PATH}") == 1


async def test_a_broken_watch_goes_on_where_it_ended(followed: Followed, api: FakeApi) -> None:
    api.put(config_map("a", "red"))
    await followed.until(a="red")
    await watched(api)
    api.break_connections()
    api.put(config_map("b", "green"))
    await followed.until(a="red", b="green")
    assert api.count(f"GET {PATH}") == 1
    assert api.count(f"WATCH {PATH}") >= 2


async def test_a_version_that_is_too_old_leads_to_a_new_list(followed: Followed, api: FakeApi) -> None:
    api.put(config_map("a", "red"))
    await followed.until(a="red")
    await watched(api)
    api.put(config_map("b", "green"))
    api.remove(CONFIG_MAP, "b", "x")
    api.put(config_map("c", "blue"))
    api.forget_history()
    api.break_connections()
    await followed.until(a="red", c="blue")
    assert api.count(f"GET {PATH}") == 2


async def test_a_bookmark_spares_that_list(followed: Followed, api: FakeApi) -> None:
    api.put(config_map("a", "red"))
    await followed.until(a="red")
    await watched(api)
    api.bookmark()
    await asyncio.sleep(0.05)
    api.forget_history()
    api.break_connections()
    api.put(config_map("b", "green"))
    await followed.until(a="red", b="green")
    assert api.count(f"GET {PATH}") == 1


async def test_a_server_that_refuses_is_asked_again_ever_more_slowly_and_what_is_known_stays(
    followed: Followed, api: FakeApi
) -> None:
    api.put(config_map("a", "red"))
    await followed.until(a="red")
    api.refuse = 503
    await watched(api)
    api.break_connections()
    async with asyncio.timeout(5):
        while len(followed.waits) < 12:
            await asyncio.sleep(0.01)
    assert followed.colours() == {"a": "red"}
    assert followed.waits[-1] > followed.waits[0] * 4
    assert max(followed.waits) <= 12
    api.refuse = 0
    api.put(config_map("b", "green"))
    await followed.until(a="red", b="green")


def _colour(item: Object) -> str:
    return str(item["data"]["colour"])


async def watched(api: FakeApi) -> None:
    async with asyncio.timeout(5):
        while not api.count(f"WATCH {PATH}"):
            await asyncio.sleep(0.005)
    await asyncio.sleep(0.02)
