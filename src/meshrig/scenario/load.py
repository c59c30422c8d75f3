"""Open-loop load: requests leave on a schedule fixed in advance, however slow the answers are."""

import asyncio
import time
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from meshrig.scenario.definition import Load
from meshrig.scenario.http import Address, Answer, Pool, render
from meshrig.scenario.result import Check
from meshrig.scenario.token_bucket import admitted

# A schedule kept worse than this says more about the generator than about the system.
LATE_SECONDS = 0.25


@dataclass(frozen=True)
class Sample:
    """Times in seconds since the load's first scheduled request; ``burst`` counts from 0."""

    burst: int
    scheduled: float
    sent: float
    finished: float
    answer: Answer


def schedule(load: Load) -> tuple[tuple[int, float], ...]:
    """(burst, seconds) of every request."""
    count = round(load.duration / load.every)
    return tuple((burst, burst * load.every) for burst in range(count) for _ in range(load.size))


async def offer(load: Load, invoke_url: str, body: str) -> tuple[Sample, ...]:
    """Send the load and collect every answer."""
    address = Address.of(invoke_url)
    request = render(address, load.request.method, load.request.path, body)
    pool = Pool(address)
    await pool.warm_up(max(load.size, 8))
    await asyncio.sleep(load.settle)
    start = time.perf_counter()

    async def one(burst: int, due: float) -> Sample:
        sent = time.perf_counter() - start
        answer = await pool.send(request)
        return Sample(burst, due, sent, time.perf_counter() - start, answer)

    tasks = []
    for burst, due in schedule(load):
        delay = due - (time.perf_counter() - start)
        if delay > 0:
            await asyncio.sleep(delay)
        tasks.append(asyncio.create_task(one(burst, due)))
    samples = await asyncio.gather(*tasks)
    pool.close()
    return tuple(samples)


def check_load(load: Load, samples: Sequence[Sample]) -> tuple[Check, ...]:
    """Compare the answers with what the load expects, and the generator with its schedule."""
    statuses = Counter(sample.answer.status for sample in samples)
    late = max((sample.sent - sample.scheduled for sample in samples), default=0.0)
    checks = [Check(load.name, "schedule kept", f"within {LATE_SECONDS} s", f"{late:.3f} s late", late < LATE_SECONDS)]
    if load.all_status:
        expected = f"{len(samples)} x {load.all_status}"
        checks.append(Check(load.name, "answers", expected, _shown(statuses), set(statuses) == {load.all_status}))
    if load.first:
        checks += _check_bursts(load, samples, statuses)
    if load.bucket:
        checks += _check_bucket(load, samples, statuses)
    return tuple(checks)


def _check_bursts(load: Load, samples: Sequence[Sample], statuses: Counter[int]) -> list[Check]:
    passed = Counter(sample.burst for sample in samples if sample.answer.status == 200)
    fewest = min(passed[burst] for burst in {sample.burst for sample in samples})
    return [
        Check(load.name, "passed of each burst", f"≥ {load.first} of {load.size}", f"≥ {fewest}", fewest >= load.first),
        Check(load.name, "answers", "200, rest 429", _shown(statuses), set(statuses) <= {200, 429}),
    ]


def _check_bucket(load: Load, samples: Sequence[Sample], statuses: Counter[int]) -> list[Check]:
    assert load.bucket is not None
    bucket = load.bucket
    predicted = admitted(sorted(sample.scheduled for sample in samples), bucket.rate, bucket.burst)
    off = abs(statuses[200] - predicted) / predicted
    share = f"{bucket.tolerance:.0%}"
    return [
        Check(
            load.name, f"admitted of {len(samples)}", f"{predicted} ± {share}",
            f"{statuses[200]} ({off:.1%} off)", off <= bucket.tolerance,
        ),
        Check(load.name, "answers", "200, rest 429", _shown(statuses), set(statuses) <= {200, 429}),
    ]  # fmt: skip


def _shown(statuses: Counter[int]) -> str:
    return ", ".join(f"{count} x {status or 'no answer'}" for status, count in sorted(statuses.items()))
