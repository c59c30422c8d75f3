"""One HTTP answer over a connection of its own."""

import asyncio
from collections.abc import Awaitable, Callable
from pathlib import Path

from meshrig.scenario.http import Address, Answer, AnswerParser

FETCH_SECONDS = 5.0
# An Envoy with thousands of listeners' statistics stays below this.
MOST_BYTES = 8 * 1024 * 1024

type Streams = tuple[asyncio.StreamReader, asyncio.StreamWriter]


async def fetch_url(url: str, timeout: float = FETCH_SECONDS) -> Answer:
    """GET an http URL; status 0 and the reason where no answer comes. Raises MeshrigError for what is no such URL."""
    address = Address.of(url)
    path = url.partition("://")[2].partition("/")[2]
    host, port = address.host, address.port
    return await _fetch(
        lambda: asyncio.open_connection(host, port, ssl=address.tls), address.authority, f"/{path}", timeout
    )


async def fetch_socket(socket: Path, path: str, timeout: float = FETCH_SECONDS) -> Answer:
    """GET ``path`` of whom listens on a Unix socket; status 0 and the reason where no answer comes."""
    return await _fetch(lambda: asyncio.open_unix_connection(socket), "admin", path, timeout)


async def _fetch(connect: Callable[[], Awaitable[Streams]], host: str, path: str, timeout: float) -> Answer:
    request = f"GET {path} HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n\r\n".encode()
    try:
        async with asyncio.timeout(timeout):
            return await _exchange(connect, request)
    except TimeoutError:
        return Answer(0, b"no answer in time")
    except (OSError, ValueError) as error:
        return Answer(0, str(error).encode())


async def _exchange(connect: Callable[[], Awaitable[Streams]], request: bytes) -> Answer:
    reader, writer = await connect()
    parser, received = AnswerParser(), 0
    try:
        writer.write(request)
        while data := await reader.read(65536):
            received += len(data)
            if received > MOST_BYTES:
                raise ValueError(f"more than {MOST_BYTES} bytes")
            if answer := parser.feed(data):
                return answer
    finally:
        writer.close()
    return parser.end() or Answer(0, b"the connection was closed")
