import asyncio
import contextlib
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest

from meshrig.harness.keeper.eks import back_clusters, call_plugin, register_backings
from meshrig.harness.localstack import Clients
from tests.unit.harness.desired_states import BACKING
from tests.unit.harness.fake_aws import FakeAws

REGISTERED = {"endpoint": "https://127.0.0.1:6443", "certificateAuthority": "Q0E=", "version": "1.34"}


@asynccontextmanager
async def backing(aws: FakeAws) -> AsyncIterator[None]:
    task = asyncio.create_task(back_clusters(Clients(aws.url, "us-east-1"), BACKING))
    yield
    task.cancel()
    with contextlib.suppress(asyncio.CancelledError):
        await task


async def until_registered(aws: FakeAws, *names: str) -> None:
    deadline = time.monotonic() + 10
    while set(aws.backings) != set(names):
        assert time.monotonic() < deadline, f"registered: {set(aws.backings)}"
        await asyncio.sleep(0.02)


async def test_every_cluster_is_registered_as_soon_as_it_is_there(aws: FakeAws) -> None:
    async with backing(aws):
        await until_registered(aws)
        aws.clusters = ["shop"]
        await until_registered(aws, "shop")
        aws.clusters = ["shop", "second"]
        await until_registered(aws, "shop", "second")
    assert aws.backings["shop"] == REGISTERED
    assert aws.requests.count("PUT /_meshrig/eks/clusters/shop") == 1


async def test_an_endpoint_that_is_away_is_asked_again(aws: FakeAws) -> None:
    aws.away, aws.clusters = True, ["shop"]
    async with backing(aws):
        await asyncio.sleep(0.2)
        assert not aws.backings
        aws.away = False
        await until_registered(aws, "shop")


def test_those_that_are_done_are_left_out(aws: FakeAws) -> None:
    aws.clusters = ["shop", "second"]
    assert register_backings(Clients(aws.url, "us-east-1"), BACKING, {"shop"}) == {"second"}
    assert set(aws.backings) == {"second"}


def test_a_refusal_is_an_error(aws: FakeAws) -> None:
    with pytest.raises(OSError, match="404"):
        call_plugin(aws.url, "PUT", "/_meshrig/nothing", {})


def test_no_proxy_is_asked_for_what_is_near(aws: FakeAws, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("http_proxy", "HTTP_PROXY", "all_proxy"):
        monkeypatch.setenv(name, "http://127.0.0.1:1")
    monkeypatch.delenv("no_proxy", raising=False)
    monkeypatch.delenv("NO_PROXY", raising=False)
    aws.clusters = ["shop"]
    assert register_backings(Clients(aws.url, "us-east-1"), BACKING) == {"shop"}
