"""Dial a server over TLS or in clear and see whether it lets one in."""

import asyncio
import socket
import ssl
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from meshrig.scenario.context import Certificate
from meshrig.scenario.tls_stream import TlsStream

_TIMEOUT_SECONDS = 5.0
_REQUEST = b"GET / HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n"


@dataclass(frozen=True)
class Outcome:
    """``answered``: HTTP came back. ``refused``: the server took the connection and ended it without.

    ``unreachable``: there was no connection. ``silent``: it stayed open and nothing came. Only the second is a refusal.
    """

    kind: Literal["answered", "refused", "unreachable", "silent"]
    detail: str

    def __str__(self) -> str:
        return f"{self.kind} ({self.detail})"


async def dial(address: tuple[str, int], tls: ssl.SSLContext | None, timeout: float = _TIMEOUT_SECONDS) -> Outcome:
    """Connect, shake hands if ``tls``, send a small HTTP request and read what comes.

    Under TLS 1.3 a client has finished its handshake before the server has looked at its certificate, so a refusal
    surfaces with the first read only (RFC 8446, section 4.4 and appendix E.1.2); under 1.2 it fails the handshake.
    """
    with socket.socket(socket.AF_INET6 if ":" in address[0] else socket.AF_INET) as client:
        client.setblocking(False)
        try:
            async with asyncio.timeout(timeout):
                await asyncio.get_running_loop().sock_connect(client, address)
        except (OSError, TimeoutError) as error:
            return Outcome("unreachable", str(error) or "no connection in time")
        try:
            async with asyncio.timeout(timeout):
                return _read_line(await (_ask_over_tls(client, tls) if tls else _ask_in_clear(client)))
        except TimeoutError:
            return Outcome("silent", f"nothing within {timeout:g} s")
        except ssl.SSLError as error:
            return Outcome("refused", error.reason or str(error))
        except OSError as error:
            return Outcome("refused", error.strerror or str(error))


async def _ask_over_tls(client: socket.socket, tls: ssl.SSLContext) -> bytes:
    stream = TlsStream(client, tls)
    await stream.handshake()
    await stream.send(_REQUEST)
    return await stream.receive()


async def _ask_in_clear(client: socket.socket) -> bytes:
    loop = asyncio.get_running_loop()
    await loop.sock_sendall(client, _REQUEST)
    return await loop.sock_recv(client, 4096)


def _read_line(answer: bytes) -> Outcome:
    line = answer.partition(b"\r\n")[0]
    parts = line.split()
    if line.startswith(b"HTTP/1.") and len(parts) > 1 and parts[1].isdigit():
        return Outcome("answered", f"HTTP {parts[1].decode()}")
    if line.startswith(b"\x15\x03"):
        return Outcome("refused", "a TLS alert")
    return Outcome("refused", "something other than HTTP" if line else "connection closed")


def client_tls(certificate: Certificate | None) -> ssl.SSLContext:
    """TLS for a client that doesn't check the server: what is tested is the server's check of the client."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    if certificate:
        # ssl takes files only; they are gone before the connection is made.
        with tempfile.TemporaryDirectory() as folder:
            chain, key = Path(folder, "chain.pem"), Path(folder, "key.pem")
            chain.write_text(certificate.cert_chain_pem)
            key.touch(mode=0o600)
            key.write_text(certificate.private_key_pem)
            context.load_cert_chain(chain, key)
    return context
