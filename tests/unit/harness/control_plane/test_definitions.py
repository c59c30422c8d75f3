"""Following the definitions: the last good ones stay, and nothing half-made is taken."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import Any

import pytest
from aiohttp import web

from meshrig.errors import MeshrigError
from meshrig.harness.access_entries import AccessEntry
from meshrig.harness.control_plane.definitions import DefinitionsFollower, StackDefinitions, read_stack_definitions
from meshrig.model.control_plane import ControlPlaneSettings
from tests.golden import mesh as ms

GOOD = StackDefinitions(ms.shop())
OTHER = StackDefinitions(ms.shop(), (AccessEntry("a", "b"),))


@dataclass
class Source:
    """What the AWS APIs would say; an error stands for all that may fail. Its change feed answers at each change."""

    answer: StackDefinitions | MeshrigError = field(default_factory=lambda: MeshrigError("no such stack"))
    opened: list[str] = field(default_factory=list)
    reads: int = 0
    revision: int = 1
    _changed: asyncio.Event = field(default_factory=asyncio.Event)

    def open(self, settings: ControlPlaneSettings) -> Any:
        self.opened.append(settings.stack)
        return self.read

    def read(self) -> StackDefinitions:
        self.reads += 1
        if isinstance(self.answer, MeshrigError):
            raise self.answer
        return self.answer

    def change(self, answer: StackDefinitions | MeshrigError) -> None:
        self.answer = answer
        self.revision += 1
        self._changed.set()

    async def feed(self, request: web.Request) -> web.Response:
        if int(request.query["since"]) >= self.revision:
            self._changed.clear()
            await self._changed.wait()
        return web.json_response({"revision": self.revision, "instance": "i"})


@pytest.fixture
def source() -> Source:
    return Source()


@pytest.fixture
async def settings(source: Source) -> AsyncIterator[ControlPlaneSettings]:
    app = web.Application()
    app.router.add_get("/_meshrig/changes", source.feed)
    runner = web.AppRunner(app, shutdown_timeout=0.1)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    host, port = runner.addresses[0][:2]
    yield ControlPlaneSettings("shop", "us-east-1", "envoy", f"http://{host}:{port}")
    await runner.cleanup()


@pytest.fixture
async def follower(source: Source) -> AsyncIterator[DefinitionsFollower]:
    made = DefinitionsFollower(lambda: None, source.open, retry=0.01)
    task = asyncio.create_task(made.run())
    yield made
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)


async def until(condition: Any) -> None:
    async with asyncio.timeout(5):
        while not condition():
            await asyncio.sleep(0.01)


async def test_it_waits_for_the_stack_then_follows_it_and_keeps_the_last_good(
    follower: DefinitionsFollower, source: Source, settings: ControlPlaneSettings
) -> None:
    follower.use(settings)
    await until(lambda: source.reads >= 3)
    assert (follower.current, follower.problem) == (None, "no such stack")
    source.answer = GOOD
    await until(lambda: follower.current == GOOD)
    assert follower.problem == ""
    source.change(OTHER)
    await until(lambda: follower.current == OTHER)
    source.change(MeshrigError("stack shop is DELETE_IN_PROGRESS"))
    await until(lambda: follower.problem)
    assert follower.current == OTHER
    source.change(GOOD)
    await until(lambda: follower.current == GOOD)


async def test_settings_that_name_another_stack_are_followed_at_once_and_others_change_nothing(
    follower: DefinitionsFollower, source: Source, settings: ControlPlaneSettings
) -> None:
    source.answer = GOOD
    follower.use(settings)
    await until(lambda: follower.current)
    follower.use(replace(settings, envoy_image="other"))
    follower.use(replace(settings, stack="second"))
    await until(lambda: source.opened == ["shop", "second"])


class FakeAws:
    """CloudFormation, App Mesh and EKS, as far as a stack is read."""

    region = "us-east-1"
    endpoint = "http://localstack"

    def __init__(self, *statuses: str, types: tuple[str, ...] = ("AWS::AppMesh::Mesh",)) -> None:
        self._statuses = list(statuses)
        self._types = types

    def get(self, _: str) -> Any:
        return self

    def describe_stacks(self, **_: Any) -> Any:
        status = self._statuses.pop(0) if len(self._statuses) > 1 else self._statuses[0]
        word, _space, updated = status.partition(" ")
        time = datetime(2026, 1, int(updated or 1), tzinfo=UTC)
        return {"Stacks": [{"StackId": "1", "StackStatus": word, "LastUpdatedTime": time}]}

    def describe_mesh(self, **_: Any) -> Any:
        return {"mesh": {"metadata": {"meshOwner": "0"}, "spec": {}}}

    def get_paginator(self, operation: str) -> "FakePages":
        return FakePages(operation, self._types)


@dataclass
class FakePages:
    operation: str
    types: tuple[str, ...]

    def paginate(self, **_: Any) -> list[dict[str, Any]]:
        if self.operation == "list_stack_resources":
            found = [{"ResourceType": each, "PhysicalResourceId": "arn/shop"} for each in self.types]
            return [{"StackResourceSummaries": found}]
        first, second = self.operation.removeprefix("list_").split("_")
        return [{first + second.capitalize(): []}]


def read(aws: FakeAws) -> StackDefinitions:
    settings = ControlPlaneSettings("shop", "us-east-1", "envoy", "http://localstack")
    return read_stack_definitions(aws, settings)  # type: ignore[arg-type]


def test_a_settled_stack_is_read() -> None:
    assert read(FakeAws("UPDATE_COMPLETE")).mesh.mesh.name == "shop"


@pytest.mark.parametrize(
    ("aws", "message"),
    [
        (FakeAws("CREATE_IN_PROGRESS"), "is CREATE_IN_PROGRESS"),
        (FakeAws("ROLLBACK_COMPLETE"), "is ROLLBACK_COMPLETE"),
        (FakeAws("UPDATE_COMPLETE", "DELETE_IN_PROGRESS"), "is DELETE_IN_PROGRESS"),
        (FakeAws("UPDATE_COMPLETE 1", "UPDATE_COMPLETE 2"), "changed while it was read"),
        (FakeAws("CREATE_COMPLETE", types=()), "has no mesh"),
    ],
)
def test_a_stack_that_may_be_half_there_is_not_taken(aws: FakeAws, message: str) -> None:
    with pytest.raises(MeshrigError, match=message):
        read(aws)
