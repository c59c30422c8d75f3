"""A pool of HTTP/1.1 connections that costs little, as it shares the machine with what it measures.

CPU a request, Python 3.13, two busy cores, answers after 20 ms (one to three runs each):
200/s evenly: 310-350 µs, as with asyncio's streams (315-350); aiohttp 550-610. Half of it is waking up for the timer.
400/s evenly: 200-230 µs, streams 270. Bursts of 25: 78-88 µs, streams 129.
The whole of scenarios/rate_limit.yaml (3,000 requests in 38 s, much of it at 50/s), once: 560 µs.
What it is for is that a request is on its way when ``send`` returns: a burst of 25 leaves within about 1 ms.
"""

import asyncio
import time
from collections.abc import Callable
from dataclasses import dataclass

from meshrig.errors import MeshrigError
from meshrig.scenario.http import Address, Answer, AnswerParser


@dataclass(frozen=True, slots=True)
class Exchange:
    """One request: when it was written and when its answer was whole, by ``time.perf_counter``."""

    sent: float
    finished: float
    answer: Answer


class Pool:
    """Connections opened ahead or when none is idle, and kept for the next request."""

    def __init__(self, address: Address) -> None:
        self._address = address
        self._idle: list[_Connection] = []
        self._opened: set[_Connection] = set()

    async def warm_up(self, count: int) -> None:
        """Have ``count`` idle connections, so that a burst leaves at once. Raises MeshrigError where it can't."""
        self._idle = [connection for connection in self._idle if connection.usable]
        try:
            self._idle += await asyncio.gather(*(self._open() for _ in range(count - len(self._idle))))
        except OSError as error:
            raise MeshrigError(f"cannot connect to {self._address.authority}: {error}") from error

    def send(self, request: bytes) -> "asyncio.Future[Exchange]":
        """One request; it is on its way when this returns, if a connection was idle. Failures come as status 0."""
        while self._idle:
            connection = self._idle.pop()
            if connection.usable:
                return connection.send(request)
        return asyncio.ensure_future(self._send_anew(request))

    def close(self) -> None:
        """Close all connections; requests under way are answered with status 0."""
        for connection in tuple(self._opened):
            connection.close()

    async def _send_anew(self, request: bytes) -> Exchange:
        began = time.perf_counter()
        try:
            connection = await self._open()
        except OSError as error:
            return Exchange(began, time.perf_counter(), Answer(0, f"cannot connect: {error}".encode()))
        return await connection.send(request)

    async def _open(self) -> "_Connection":
        loop = asyncio.get_running_loop()
        _, connection = await loop.create_connection(
            lambda: _Connection(self._idle.append, self._opened.discard),
            self._address.host,
            self._address.port,
            ssl=self._address.tls,
        )
        self._opened.add(connection)
        return connection


class _Connection(asyncio.Protocol):
    """One connection, one request at a time."""

    def __init__(self, on_idle: "Callable[[_Connection], None]", on_lost: "Callable[[_Connection], None]") -> None:
        self._on_idle = on_idle
        self._on_lost = on_lost
        self._transport: asyncio.Transport | None = None
        self._parser = AnswerParser()
        self._sent = 0.0
        self._waiting: asyncio.Future[Exchange] | None = None

    @property
    def usable(self) -> bool:
        return self._transport is not None and not self._transport.is_closing()

    def send(self, request: bytes) -> "asyncio.Future[Exchange]":
        self._waiting = asyncio.get_running_loop().create_future()
        self._parser = AnswerParser(bodiless=request.startswith(b"HEAD "))
        self._sent = time.perf_counter()
        if self._transport is not None and self.usable:
            self._transport.write(request)
        else:
            self._finish(Answer(0, b"the connection was closed"))
        return self._waiting

    def close(self) -> None:
        if self._transport is not None:
            self._transport.close()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport

    def data_received(self, data: bytes) -> None:
        if self._waiting is None or self._waiting.done():
            # Nothing was asked: what comes now would be taken for the next answer.
            self.close()
            return
        try:
            answer = self._parser.feed(data)
        except ValueError as error:
            self.close()
            self._finish(Answer(0, str(error).encode()))
            return
        if answer is None:
            return
        if self._parser.keep_alive:
            self._on_idle(self)
        else:
            self.close()
        self._finish(answer)

    def connection_lost(self, exc: Exception | None) -> None:
        self._on_lost(self)
        why = f"the connection was closed{f': {exc}' if exc else ''}".encode()
        self._finish((self._parser.end() if exc is None else None) or Answer(0, why))

    def _finish(self, answer: Answer) -> None:
        if self._waiting is not None and not self._waiting.done():
            self._waiting.set_result(Exchange(self._sent, time.perf_counter(), answer))
