"""Dial a server over TLS or in clear and see whether it lets one in."""

import asyncio
import contextlib
import os
import socket
import ssl
import tempfile
from collections.abc import Iterator

from meshrig.scenario.attempt import Attempt, Certificate, Outcome
from meshrig.scenario.tls_stream import TlsStream

_REQUEST = b"GET / HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n"


async def dial(attempt: Attempt) -> Outcome:
    """Connect, shake hands unless in clear, send a small HTTP request and read what comes.

    Under TLS 1.3 a client has finished its handshake before the server has looked at its certificate, so a refusal
    surfaces with the first read only (RFC 8446, section 4.4 and appendix E.1.2); under 1.2 it fails the handshake.
    Raises ssl.SSLError for a certificate that cannot be used.
    """
    tls = None if attempt.plaintext else client_tls(attempt.certificate)
    with socket.socket(socket.AF_INET6 if ":" in attempt.host else socket.AF_INET) as client:
        client.setblocking(False)
        try:
            async with asyncio.timeout(attempt.timeout):
                await asyncio.get_running_loop().sock_connect(client, (attempt.host, attempt.port))
        except (OSError, TimeoutError) as error:
            return Outcome("unreachable", str(error) or "no connection in time")
        try:
            async with asyncio.timeout(attempt.timeout):
                return _read_line(await (_ask_over_tls(client, tls, attempt.sni) if tls else _ask_in_clear(client)))
        except TimeoutError:
            return Outcome("silent", f"nothing within {attempt.timeout:g} s")
        except ssl.SSLError as error:
            return Outcome("refused", error.reason or str(error))
        except OSError as error:
            return Outcome("refused", error.strerror or str(error))


async def _ask_over_tls(client: socket.socket, tls: ssl.SSLContext, sni: str) -> bytes:
    stream = TlsStream(client, tls, sni)
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
        with _secret_file(f"{certificate.private_key_pem}\n{certificate.cert_chain_pem}") as path:
            context.load_cert_chain(path)
    return context


@contextlib.contextmanager
def _secret_file(text: str) -> Iterator[str]:
    """A file that this process alone can open, since ssl takes keys from files only.

    In memory where the system can: a pod may have no writable folder, and a key should not touch a disk.
    """
    if hasattr(os, "memfd_create"):
        with os.fdopen(os.memfd_create("certificate"), "w") as file:
            file.write(text)
            file.flush()
            yield f"/proc/self/fd/{file.fileno()}"
    else:
        with tempfile.NamedTemporaryFile("w") as named:
            named.write(text)
            named.flush()
            yield named.name
