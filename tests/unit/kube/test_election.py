"""Two candidates for one Lease, with a clock of the test's."""

import asyncio
from dataclasses import dataclass

import pytest

from meshrig.kube.client import KubeClient
from meshrig.kube.election import Elector
from meshrig.kube.errors import KubeError
from tests.unit.kube.fake_api import FakeApi


@dataclass
class Clock:
    now: float = 100.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def one(client: KubeClient, clock: Clock) -> Elector:
    return Elector(client, "x", "lead", "one", clock=clock)


@pytest.fixture
def two(client: KubeClient, clock: Clock) -> Elector:
    return Elector(client, "x", "lead", "two", clock=clock)


async def test_the_first_leads_and_the_second_does_not(one: Elector, two: Elector) -> None:
    assert await one.attempt()
    assert not await two.attempt()
    assert (one.is_leader, two.is_leader) == (True, False)


async def test_a_leader_that_renews_stays(one: Elector, two: Elector, clock: Clock) -> None:
    await one.attempt()
    for _ in range(20):
        clock.now += 2
        await one.attempt()
        await two.attempt()
        assert (one.is_leader, two.is_leader) == (True, False)


async def test_a_silent_leader_stops_before_another_begins(one: Elector, two: Elector, clock: Clock) -> None:
    await one.attempt()
    await two.attempt()
    clock.now += 10.5
    assert not one.is_leader
    assert not await two.attempt()
    clock.now += 5
    assert await two.attempt()
    assert not await one.attempt()
    assert (one.is_leader, two.is_leader) == (False, True)


async def test_of_two_that_want_a_lease_at_once_one_gets_it(one: Elector, two: Elector, clock: Clock) -> None:
    await asyncio.gather(one.attempt(), two.attempt())
    assert one.is_leader != two.is_leader
    loser, winner = (one, two) if two.is_leader else (two, one)
    await loser.attempt()
    clock.now += 16
    await asyncio.gather(one.attempt(), two.attempt())
    assert loser.is_leader != winner.is_leader


async def test_a_lease_given_back_is_taken_at_once(one: Elector, two: Elector) -> None:
    await one.attempt()
    await two.attempt()
    await one.release()
    assert not one.is_leader
    assert await two.attempt()


async def test_a_leader_without_a_server_stops_in_time(one: Elector, api: FakeApi, clock: Clock) -> None:
    await one.attempt()
    api.refuse = 500
    clock.now += 9
    with pytest.raises(KubeError):
        await one.attempt()
    assert one.is_leader
    clock.now += 2
    assert not one.is_leader
