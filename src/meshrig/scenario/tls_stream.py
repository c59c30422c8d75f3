"""TLS over a bare socket, kept apart from it so that a server's alert can be read after it has hung up.

asyncio's own TLS drops what was received once a write fails, and with it the reason of a refusal.
"""

import asyncio
import contextlib
import socket
import ssl
from collections.abc import Callable

_CHUNK = 65536


class TlsStream:
    """The client's end of TLS on a connected, non-blocking socket. Its methods raise OSError (SSLError is one)."""

    def __init__(self, connected: socket.socket, context: ssl.SSLContext, server_name: str = "") -> None:
        self._socket = connected
        self._incoming, self._outgoing = ssl.MemoryBIO(), ssl.MemoryBIO()
        self._tls = context.wrap_bio(self._incoming, self._outgoing, server_hostname=server_name or None)

    async def handshake(self) -> None:
        """Under TLS 1.3 this ends before the server has looked at the client's certificate."""
        await self._drive(self._tls.do_handshake)

    async def send(self, data: bytes) -> None:
        await self._drive(lambda: self._tls.write(data))

    async def receive(self) -> bytes:
        """Some bytes, none at the end. An alert of the server raises ssl.SSLError with its name as ``reason``."""
        try:
            return await self._drive(lambda: self._tls.read(_CHUNK))
        except (ssl.SSLZeroReturnError, ssl.SSLEOFError):
            return b""

    async def _drive[T](self, step: Callable[[], T]) -> T:
        """Repeat a step of TLS until it needs nothing more of the other side."""
        while True:
            try:
                result = step()
            except ssl.SSLWantReadError:
                await self._flush()
                await self._fill()
                continue
            await self._flush()
            return result

    async def _flush(self) -> None:
        # Who has hung up may have said why: that is still to be read.
        with contextlib.suppress(BrokenPipeError, ConnectionResetError):
            await asyncio.get_running_loop().sock_sendall(self._socket, self._outgoing.read())

    async def _fill(self) -> None:
        data = await asyncio.get_running_loop().sock_recv(self._socket, _CHUNK)
        if data:
            self._incoming.write(data)
        else:
            self._incoming.write_eof()
