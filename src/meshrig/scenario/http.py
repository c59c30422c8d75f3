"""A small HTTP/1.1 client for open-loop load: it must cost little, as it shares the machine with what it measures."""

import asyncio
from dataclasses import dataclass
from urllib.parse import urlsplit


@dataclass(frozen=True)
class Answer:
    """``status`` 0: no answer (``body`` says why)."""

    status: int
    body: bytes


@dataclass(frozen=True)
class Address:
    host: str
    port: int
    prefix: str

    @classmethod
    def of(cls, url: str) -> "Address":
        parts = urlsplit(url)
        return cls(parts.hostname or "127.0.0.1", parts.port or 80, parts.path.rstrip("/"))


class Pool:
    """Connections that are opened when none is idle and kept for the next request."""

    def __init__(self, address: Address, timeout: float = 30.0) -> None:
        self._address = address
        self._timeout = timeout
        self._idle: list[tuple[asyncio.StreamReader, asyncio.StreamWriter]] = []

    async def warm_up(self, count: int) -> None:
        """Open ``count`` connections ahead, so that a burst leaves at once."""
        opened = await asyncio.gather(*(self._open() for _ in range(count - len(self._idle))))
        self._idle.extend(opened)

    async def send(self, request: bytes) -> Answer:
        """One request with its answer; failures come back as status 0."""
        try:
            async with asyncio.timeout(self._timeout):
                reader, writer = self._idle.pop() if self._idle else await self._open()
                writer.write(request)
                answer, keep = await _read_answer(reader)
        except (OSError, TimeoutError, ValueError, IndexError, asyncio.IncompleteReadError) as error:
            return Answer(0, repr(error).encode())
        if keep:
            self._idle.append((reader, writer))
        else:
            writer.close()
        return answer

    def close(self) -> None:
        for _, writer in self._idle:
            writer.close()
        self._idle.clear()

    async def _open(self) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
        return await asyncio.open_connection(self._address.host, self._address.port)


def render(address: Address, method: str, path: str, body: str) -> bytes:
    """The bytes of a request with a JSON body, if any."""
    payload = body.encode()
    lines = [f"{method} {address.prefix}{path} HTTP/1.1", f"Host: {address.host}:{address.port}", "Accept: */*"]
    if payload:
        lines += ["Content-Type: application/json", f"Content-Length: {len(payload)}"]
    return "\r\n".join([*lines, "", ""]).encode() + payload


async def _read_answer(reader: asyncio.StreamReader) -> tuple[Answer, bool]:
    head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1").lower()
    status = int(head.split(" ", 2)[1])
    headers = dict(line.split(": ", 1) for line in head.split("\r\n")[1:] if ": " in line)
    if headers.get("transfer-encoding") == "chunked":
        body = await _read_chunks(reader)
    else:
        body = await reader.readexactly(int(headers.get("content-length", "0")))
    return Answer(status, body), headers.get("connection") != "close"


async def _read_chunks(reader: asyncio.StreamReader) -> bytes:
    parts = []
    while size := int(await reader.readline(), 16):
        parts.append(await reader.readexactly(size))
        await reader.readexactly(2)
    await reader.readexactly(2)
    return b"".join(parts)
