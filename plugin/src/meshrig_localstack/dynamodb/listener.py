"""A light HTTP listener for DynamoDB inside the LocalStack process, for traffic that the gateway is too slow for.

One thread, one event loop: a call into moto is plain Python, so more threads would only take turns.
"""

import asyncio
import contextlib
import socket
import threading
from http import HTTPStatus

from meshrig_localstack.dynamodb.http11 import MAX_HEAD_BYTES, BadHttpError, Head, read_head, write_response
from meshrig_localstack.dynamodb.requests import answer_request

END_OF_HEAD = b"\r\n\r\n"
CLOSE_SECONDS = 2.0


class DynamoDbConnection(asyncio.Protocol):
    """One kept-alive client connection: answers its requests in order."""

    def __init__(self, open_transports: set[asyncio.Transport]) -> None:
        """``open_transports``: where the connection enters its transport for as long as it is open."""
        self._open_transports = open_transports
        self._received = bytearray()
        self._head: Head | None = None
        self._transport: asyncio.Transport | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Called by the event loop."""
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport
        self._open_transports.add(transport)

    def connection_lost(self, exc: Exception | None) -> None:
        """Called by the event loop."""
        del exc
        if self._transport is not None:
            self._open_transports.discard(self._transport)

    def data_received(self, data: bytes) -> None:
        """Called by the event loop with more bytes of the client's."""
        self._received += data
        transport = self._transport
        while transport is not None and not transport.is_closing() and self._answer_next(transport):
            continue

    def _answer_next(self, transport: asyncio.Transport) -> bool:
        """Answers one request if all of it has arrived; False when more bytes are needed."""
        try:
            head = self._read_head(transport)
        except BadHttpError as problem:
            transport.write(_refusal(problem))
            transport.close()
            return False
        if head is None or len(self._received) < head.body_bytes:
            return False
        body = bytes(self._received[: head.body_bytes])
        del self._received[: head.body_bytes]
        self._head = None
        answer = answer_request(head.method, head.headers, body)
        transport.write(write_response(answer.status, answer.headers, answer.body.encode(), head.keep_alive))
        if not head.keep_alive:
            transport.close()
        return True

    def _read_head(self, transport: asyncio.Transport) -> Head | None:
        if self._head is not None:
            return self._head
        end = self._received.find(END_OF_HEAD)
        if end > MAX_HEAD_BYTES or (end < 0 and len(self._received) > MAX_HEAD_BYTES):
            raise BadHttpError(
                HTTPStatus.REQUEST_HEADER_FIELDS_TOO_LARGE, f"a head of more than {MAX_HEAD_BYTES} bytes"
            )
        if end < 0:
            return None
        self._head = read_head(bytes(self._received[:end]))
        del self._received[: end + len(END_OF_HEAD)]
        if self._head.expects_continue:
            transport.write(b"HTTP/1.1 100 Continue\r\n\r\n")
        return self._head


def _refusal(problem: BadHttpError) -> bytes:
    body = str(problem).encode()
    return write_response(problem.status, {"Content-Type": "text/plain"}, body, keep_alive=False)


class DynamoDbListener:
    """The listener and its thread. ``address`` is where it listens, with the port that the kernel chose for 0."""

    def __init__(self, host: str, port: int) -> None:
        """Binds at once: OSError when the address is taken or not this machine's."""
        self._socket = socket.create_server((host, port), backlog=512)
        self.address: tuple[str, int] = self._socket.getsockname()[:2]
        self._loop = asyncio.new_event_loop()
        self._stopping = asyncio.Event()
        self._thread = threading.Thread(target=self._run, name="meshrig-dynamodb", daemon=True)

    def start(self) -> None:
        """Serves in a thread of its own until ``stop``."""
        self._thread.start()

    def stop(self) -> None:
        """Closes the listener and all its connections."""
        with contextlib.suppress(RuntimeError):  # the loop has ended already
            self._loop.call_soon_threadsafe(self._stopping.set)
        self._thread.join(timeout=5)

    def _run(self) -> None:
        self._loop.run_until_complete(self._serve())
        self._loop.close()

    async def _serve(self) -> None:
        transports: set[asyncio.Transport] = set()
        server = await self._loop.create_server(lambda: DynamoDbConnection(transports), sock=self._socket)
        await self._stopping.wait()
        server.close()
        for transport in tuple(transports):
            transport.close()
        with contextlib.suppress(TimeoutError):  # a client that does not read its answer is not waited for
            await asyncio.wait_for(server.wait_closed(), CLOSE_SECONDS)
