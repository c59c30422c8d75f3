"""Counters of an Envoy's listeners, from the statistics that its admin interface or its probe port shows."""

import asyncio
import time
from collections.abc import Awaitable, Callable

from meshrig.errors import MeshrigError
from meshrig.names import PROBE_PORT
from meshrig.scenario.http import Answer

STATS_PATH = "/stats?usedonly&filter=%5Elistener%5C."
_TIMEOUT_SECONDS = 5.0
_POLL_SECONDS = 0.05


def read_counter(answer: Answer, counter: str, source: str) -> int:
    """``counter`` in what ``source`` answered to ``STATS_PATH``: 0 where none has counted yet.

    Raises MeshrigError for anything but statistics.
    """
    if not answer.status:
        raise MeshrigError(f"{source} does not answer: {answer.body.decode(errors='replace')}")
    if answer.status != 200:
        raise MeshrigError(f"{source} gives no statistics but status {answer.status}")
    return sum_listeners(answer.body.decode(errors="replace"), counter)


def sum_listeners(stats: str, counter: str) -> int:
    """Add up ``listener.<address>.<counter>: <value>`` lines; listeners that only serve the Envoy don't count."""
    found = 0
    for line in stats.splitlines():
        name, _, value = line.partition(": ")
        own = name.startswith("listener.admin.") or f"_{PROBE_PORT}." in name
        ours = name.startswith("listener.") and not own
        if ours and name.endswith(f".{counter}") and value.strip().isdecimal():
            found += int(value)
    return found


async def wait_until_risen(read: Callable[[], Awaitable[int]], before: int, timeout: float = _TIMEOUT_SECONDS) -> int:
    """The counter once it is above ``before``, or what it is after ``timeout`` seconds.

    A server may count a refusal only after the client has gone.
    """
    deadline = time.monotonic() + timeout
    while (now := await read()) <= before and time.monotonic() < deadline:
        await asyncio.sleep(_POLL_SECONDS)
    return now
