"""Small servers on loopback for scenarios to talk to."""

import asyncio
import socket
import ssl
import threading
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import asynccontextmanager, closing, contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from meshrig.certs.authority import CertificateAuthority, IssuedCertificate

Handler = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]


def answer(status: int, body: bytes = b"{}", extra: bytes = b"") -> bytes:
    return b"HTTP/1.1 %d X\r\n%sContent-Length: %d\r\n\r\n%s" % (status, extra, len(body), body)


@dataclass
class Api:
    """Answers from ``answers`` by "METHOD path", admits ``tokens`` of POST /orders and throttles the rest."""

    tokens: int = 0
    answers: dict[str, bytes] = field(default_factory=dict)
    bodies: list[bytes] = field(default_factory=list)
    connections: int = 0

    async def handle(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.connections += 1
        try:
            while head := await reader.readuntil(b"\r\n\r\n"):
                method, path, _ = head.split(b" ", 2)
                length = head.lower().partition(b"content-length: ")[2].partition(b"\r\n")[0]
                self.bodies.append(await reader.readexactly(int(length or 0)))
                writer.write(self._answer(f"{method.decode()} {path.decode()}"))
        except (asyncio.IncompleteReadError, ConnectionError):
            writer.close()

    def _answer(self, call: str) -> bytes:
        if call in self.answers:
            return self.answers[call]
        self.tokens -= 1
        return answer(200) if self.tokens >= 0 else answer(429, b'{"message":"Too Many Requests"}')


@asynccontextmanager
async def listening(handler: Handler) -> AsyncIterator[tuple[str, int]]:
    """A server on a port of the kernel's choice."""
    server = await asyncio.start_server(handler, "127.0.0.1", 0)
    host, port = server.sockets[0].getsockname()
    try:
        yield host, port
    finally:
        server.close()


@contextmanager
def listening_for_one(tls: ssl.SSLContext) -> Iterator[tuple[str, int]]:
    """A TLS server for a single client; in a thread, as asyncio's own hangs up without sending the alert."""
    listener = socket.create_server(("127.0.0.1", 0))
    listener.settimeout(10)
    thread = threading.Thread(target=_serve_one, args=(listener, tls))
    thread.start()
    try:
        yield listener.getsockname()
    finally:
        thread.join()
        listener.close()


def _serve_one(listener: socket.socket, tls: ssl.SSLContext) -> None:
    client, _ = listener.accept()
    client.settimeout(10)
    with closing(tls.wrap_socket(client, server_side=True, do_handshake_on_connect=False)) as secured:
        try:
            secured.do_handshake()
            secured.recv(4096)
            secured.sendall(answer(404))
        except ssl.SSLError:
            # The alert is on its way; what the client still sends must be read, or the kernel resets the connection.
            with closing(socket.socket(fileno=secured.detach())) as bare:
                bare.settimeout(10)
                bare.shutdown(socket.SHUT_WR)
                while bare.recv(4096):
                    pass


@asynccontextmanager
async def admin_socket(path: Path, stats: Callable[[], str]) -> AsyncIterator[Path]:
    """What an Envoy's admin answers to /stats, as far as a scenario reads it."""

    async def handle(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(answer(200, stats().encode(), b"Connection: close\r\n"))
        writer.close()

    server = await asyncio.start_unix_server(handle, path)
    try:
        yield path
    finally:
        server.close()


def server_tls(
    authority: CertificateAuthority, folder: Path, newest: ssl.TLSVersion = ssl.TLSVersion.TLSv1_3
) -> ssl.SSLContext:
    """A server that demands a certificate of ``authority``."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.maximum_version = newest
    issued = authority.issue("users", ("users.test",))
    chain, key = folder / "chain.pem", folder / "key.pem"
    chain.write_text(issued.cert_chain_pem)
    key.write_text(issued.private_key_pem)
    context.load_cert_chain(chain, key)
    context.load_verify_locations(cadata=authority.ca_pem)
    context.verify_mode = ssl.CERT_REQUIRED
    return context


@dataclass(frozen=True)
class Certificates:
    """Client certificates of one authority, and one of a stranger's."""

    authority: CertificateAuthority

    def issue(self, kind: str, virtual_node: str) -> IssuedCertificate:
        issuer = CertificateAuthority.create("stranger") if kind == "other_ca" else self.authority
        return issuer.issue(virtual_node, (f"{virtual_node}.test",))
