import asyncio
import contextlib
import os
import ssl
import tempfile
import time
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest

from meshrig.errors import MeshrigError
from meshrig.harness.client import ControlClient, take_events
from meshrig.harness.keeper.service import Keeper, Pace
from meshrig.harness.keeper.store import to_json
from tests.integration.xds.envoys import free_port
from tests.unit.harness.desired_states import API, AUTHORITY, TEMPLATE, desired
from tests.unit.harness.fake_aws import FakeAws
from tests.unit.harness.keeper.fake_edge import connected_edge


class RunningKeeper:
    """A keeper in this process, asked as ``meshrig up`` asks it."""

    def __init__(self, aws: FakeAws, folder: Path, port: int = 0, edge_seconds: float = 5.0) -> None:
        self.runtime, self.state = folder / "run", folder / "state"
        for each in (self.runtime, self.state):
            each.mkdir(exist_ok=True, mode=0o700)
        self.keeper = Keeper(aws.url, self.runtime, self.state, port, Pace(watch=0.05, edge=edge_seconds))

    async def ask(self, body: dict[str, Any]) -> tuple[dict[str, Any], list[str]]:
        """The status it ends with, and what it said."""
        said: list[str] = []
        client = ControlClient(self.runtime / "control.sock")
        return await asyncio.to_thread(lambda: take_events(client.converge(body), said.append)), said

    async def status(self) -> dict[str, Any]:
        return await asyncio.to_thread(ControlClient(self.runtime / "control.sock").status)


@asynccontextmanager
async def running(made: RunningKeeper, edge: str | None = "") -> AsyncIterator[RunningKeeper]:
    """With an edge that takes all (""), refuses with these words, or isn't there (None)."""
    task = asyncio.create_task(made.keeper.run())
    await until(lambda: (made.runtime / "control.sock").exists())
    there = connected_edge(made.runtime / "xds.sock", edge) if edge is not None else contextlib.nullcontext()
    try:
        async with there:
            yield made
    finally:
        made.keeper.end()
        await asyncio.wait_for(task, 10)


async def until(true: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 10
    while not true():
        assert time.monotonic() < deadline, "in vain"
        await asyncio.sleep(0.02)


@pytest.fixture
def folder(aws: FakeAws) -> Iterator[Path]:
    """A short one: names of Unix sockets must be."""
    aws.restapis["api"] = API
    with tempfile.TemporaryDirectory(prefix="mk") as name:
        yield Path(name)


async def test_a_system_is_kept_and_described(aws: FakeAws, folder: Path) -> None:
    async with running(RunningKeeper(aws, folder)) as keeper:
        assert (await keeper.status())["state"] == "idle"
        status, said = await keeper.ask(to_json(desired()))
        assert said == ["stack shop CREATE_COMPLETE (3 resources)"]
        assert (status["state"], status["region"], status["stages"]) == ("up", "us-east-1", {"shop": "prod"})
        assert status["stack"] == {"name": "shop", "status": "CREATE_COMPLETE", "resources": 3, "outputs": {}}
        assert status["nodes"] == ["127.0.0.1"]
        assert await keeper.status() == {**status, "edge": {"connected": True, "synced": True, "rejected": []}}
    assert (keeper.state / "desired.json").exists()
    assert (keeper.runtime / "edge.json").exists()


async def test_the_stack_is_made_again_when_localstack_comes_back_empty(aws: FakeAws, folder: Path) -> None:
    async with running(RunningKeeper(aws, folder)) as keeper:
        await keeper.ask(to_json(desired()))
        aws.away = True
        await asyncio.sleep(0.3)
        aws.restart()
        aws.away = False
        await until(lambda: "shop" in aws.stacks and "shop" in aws.backings and "meshrig/envoy" in aws.images)


async def test_a_keeper_that_starts_anew_goes_back_to_what_has_worked(aws: FakeAws, folder: Path) -> None:
    async with running(RunningKeeper(aws, folder)) as keeper:
        await keeper.ask(to_json(desired()))
        with pytest.raises(MeshrigError, match="Ref to"):
            await keeper.ask(to_json(desired(template_text=TEMPLATE + "Outputs: {A: {Value: {Ref: Nobody}}}\n")))
    aws.restart()
    async with running(RunningKeeper(aws, folder)) as keeper:
        await until(lambda: "shop" in aws.stacks)
        await until_state(keeper, "up")


async def until_state(keeper: RunningKeeper, state: str) -> None:
    async with asyncio.timeout(10):
        while (await keeper.status())["state"] != state:
            await asyncio.sleep(0.05)


async def test_a_state_of_another_version_is_forgotten(aws: FakeAws, folder: Path) -> None:
    made = RunningKeeper(aws, folder)
    (made.state / "desired.json").write_text('{"version": 2, "stack": "shop"}')
    async with running(RunningKeeper(aws, folder)) as keeper:
        await asyncio.sleep(0.2)
        assert (await keeper.status())["state"] == "idle"
        assert not aws.stacks


async def test_a_stack_that_fails_is_tried_less_and_less_often(aws: FakeAws, folder: Path) -> None:
    async with running(RunningKeeper(aws, folder)) as keeper:
        await keeper.ask(to_json(desired()))
        aws.failure = "no such version"
        aws.restart()
        await asyncio.sleep(1.5)
        assert aws.requests.count("CreateStack") - 1 <= 6
        await until(lambda: aws.requests.count("CreateStack") - 1 >= 2)
        aws.failure = ""
        await until(lambda: aws.stacks.get("shop", {}).get("StackStatus") == "CREATE_COMPLETE")


async def test_what_another_meshrig_asks_for_is_refused(aws: FakeAws, folder: Path) -> None:
    async with running(RunningKeeper(aws, folder)) as keeper:
        with pytest.raises(MeshrigError, match="not a desired state") as caught:
            await keeper.ask({**to_json(desired()), "novelty": 1})
        assert "run meshrig up again" in caught.value.hint


async def test_an_edge_that_refuses_is_told_with_its_words(aws: FakeAws, folder: Path) -> None:
    async with running(RunningKeeper(aws, folder), edge="no such filter") as keeper:
        with pytest.raises(MeshrigError, match=r"the edge did not take its configuration: .*no such filter"):
            await keeper.ask(to_json(desired()))
        assert "no such filter" in (await keeper.status())["edge"]["rejected"][0]


async def test_an_edge_that_is_not_there_is_told(aws: FakeAws, folder: Path) -> None:
    async with running(RunningKeeper(aws, folder, edge_seconds=0.1), edge=None) as keeper:
        with pytest.raises(MeshrigError, match="it has not connected") as caught:
            await keeper.ask(to_json(desired()))
        assert caught.value.log == "docker compose logs edge"


async def test_changes_of_the_apis_reach_the_edge(aws: FakeAws, folder: Path) -> None:
    async with running(RunningKeeper(aws, folder)) as keeper:
        await keeper.ask(to_json(desired()))
        aws.restapis["api"] = {**API, "stage": {"stageName": "canary", "deploymentId": "d1"}}
        aws.change()
        async with asyncio.timeout(10):
            while (await keeper.status())["stages"] != {"shop": "canary"}:
                await asyncio.sleep(0.05)


async def test_tokens_are_reviewed_with_the_ca_that_the_cluster_trusts_now(aws: FakeAws, folder: Path) -> None:
    port = free_port()
    async with running(RunningKeeper(aws, folder, port)) as keeper:
        for authority in (AUTHORITY, type(AUTHORITY).create()):
            await keeper.ask(to_json(desired(ca_certificate=authority.ca_pem, ca_key=authority.key_pem)))
            context = ssl.create_default_context(cadata=authority.ca_pem)
            _, writer = await asyncio.open_connection("127.0.0.1", port, ssl=context, server_hostname="meshrig")
            writer.close()
    async with running(RunningKeeper(aws, folder, port)):
        # From its store alone, before anybody asks.
        _, writer = await asyncio.open_connection("127.0.0.1", port, ssl=context, server_hostname="meshrig")
        writer.close()


async def test_sigterm_ends_it(aws: FakeAws, folder: Path) -> None:
    made = RunningKeeper(aws, folder)
    task = asyncio.create_task(made.keeper.run())
    await until(lambda: (made.runtime / "control.sock").exists())
    os.kill(os.getpid(), 15)
    await asyncio.wait_for(task, 10)
    assert not (made.runtime / "control.sock").exists()
