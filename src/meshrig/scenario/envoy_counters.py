"""Counters of an Envoy's listeners, from its admin interface."""

import asyncio
import time
from pathlib import Path

from meshrig.errors import MeshrigError
from meshrig.scenario.http import AnswerParser

_REQUEST = b"GET /stats?usedonly&filter=%5Elistener%5C. HTTP/1.1\r\nHost: admin\r\nConnection: close\r\n\r\n"
_TIMEOUT_SECONDS = 5.0
_POLL_SECONDS = 0.05


async def read_counter(admin: Path, counter: str) -> int:
    """``counter`` of all listeners together: 0 where none has counted yet. ``admin``: a Unix socket.

    Raises MeshrigError when the Envoy doesn't answer.
    """
    try:
        async with asyncio.timeout(_TIMEOUT_SECONDS):
            reader, writer = await asyncio.open_unix_connection(admin)
            try:
                writer.write(_REQUEST)
                data = await reader.read(-1)
            finally:
                writer.close()
        parser = AnswerParser()
        answer = parser.feed(data) or parser.end()
    except (OSError, TimeoutError, ValueError) as error:
        raise MeshrigError(f"the Envoy admin at {admin} does not answer: {error or 'no answer in time'}") from error
    if answer is None or answer.status != 200:
        raise MeshrigError(f"the Envoy admin at {admin} gives no statistics")
    return sum_listeners(answer.body.decode(errors="replace"), counter)


def sum_listeners(stats: str, counter: str) -> int:
    """Add up ``listener.<address>.<counter>: <value>`` lines; the admin's own listener doesn't count."""
    found = 0
    for line in stats.splitlines():
        name, _, value = line.partition(": ")
        ours = name.startswith("listener.") and not name.startswith("listener.admin.")
        if ours and name.endswith(f".{counter}") and value.strip().isdecimal():
            found += int(value)
    return found


async def wait_until_risen(admin: Path, counter: str, before: int, timeout: float = _TIMEOUT_SECONDS) -> int:
    """The counter once it is above ``before``, or what it is after ``timeout`` seconds.

    A server may count a refusal only after the client has gone.
    """
    deadline = time.monotonic() + timeout
    while (now := await read_counter(admin, counter)) <= before and time.monotonic() < deadline:
        await asyncio.sleep(_POLL_SECONDS)
    return now
