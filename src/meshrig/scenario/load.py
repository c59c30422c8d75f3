"""Open-loop load: requests leave on a schedule fixed in advance, however slow the answers are."""

import asyncio
import time
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from meshrig.scenario.connections import Exchange, Pool
from meshrig.scenario.definition import Load
from meshrig.scenario.http import Address, Answer, render
from meshrig.scenario.schedule import Burst, plan_bursts

# Answers that come later than this after the last request count as none.
LONGEST_WAIT_SECONDS = 30.0
# Connections opened ahead; more are opened when answers are slow.
_FEWEST_CONNECTIONS = 16


@dataclass(frozen=True, slots=True)
class Sample:
    """One request; times in seconds since the load began. ``burst`` counts from 0."""

    burst: int
    scheduled: float
    sent: float
    finished: float
    answer: Answer

    @property
    def lag(self) -> float:
        """How late it left."""
        return self.sent - self.scheduled

    @property
    def latency(self) -> float:
        return self.finished - self.sent


class Clock(Protocol):
    """Seconds that only rise, and a way to wait for them."""

    def now(self) -> float: ...
    async def sleep(self, seconds: float) -> None: ...


class RealClock:
    """``time.perf_counter`` and ``asyncio.sleep``."""

    def now(self) -> float:
        return time.perf_counter()

    async def sleep(self, seconds: float) -> None:
        await asyncio.sleep(seconds)


class Sender(Protocol):
    """Sends a request now and tells its answer later, by the same clock."""

    def send(self, request: bytes) -> asyncio.Future[Exchange]: ...


async def offer_load(load: Load, invoke_url: str, path: str, body: str) -> tuple[Sample, ...]:
    """Send the load and collect every answer. Raises MeshrigError if nothing listens there."""
    address = Address.of(invoke_url)
    request = render(address, load.request.method, path, body)
    pool = Pool(address)
    try:
        await asyncio.sleep(load.settle)
        await pool.warm_up(max(load.size, _FEWEST_CONNECTIONS))
        return await send_bursts(plan_bursts(load), request, pool, RealClock())
    finally:
        pool.close()


async def send_bursts(
    bursts: Sequence[Burst], request: bytes, sender: Sender, clock: Clock, patience: float = LONGEST_WAIT_SECONDS
) -> tuple[Sample, ...]:
    """Send each burst when it is due, never waiting for answers, then wait ``patience`` seconds for the last ones."""
    start = clock.now()
    under_way: list[tuple[Burst, float, asyncio.Future[Exchange]]] = []
    for burst in bursts:
        delay = start + burst.at - clock.now()
        # Late or not, the loop gets its turn to read what has come.
        await clock.sleep(max(0.0, delay))
        for _ in range(burst.size):
            under_way.append((burst, clock.now(), sender.send(request)))
    await asyncio.wait([future for _, _, future in under_way], timeout=patience)
    return tuple(_sample(burst, began, future, start, clock.now()) for burst, began, future in under_way)


def _sample(burst: Burst, began: float, future: asyncio.Future[Exchange], start: float, now: float) -> Sample:
    if future.done():
        exchange = future.result()
    else:
        future.cancel()
        exchange = Exchange(began, now, Answer(0, b"no answer in time"))
    return Sample(burst.number, burst.at, exchange.sent - start, exchange.finished - start, exchange.answer)
