"""Dial a sidecar as a client of some kind and see whether it lets one in."""

import asyncio
import ssl
import tempfile
from pathlib import Path

from meshrig.scenario.context import Certificate, ProxyAccess, ScenarioContext
from meshrig.scenario.definition import Handshake
from meshrig.scenario.result import Check

_TIMEOUT_SECONDS = 5.0
_COUNTER_SECONDS = 5.0
_REQUEST = b"GET /healthz HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n"


async def check_handshake(handshake: Handshake, context: ScenarioContext) -> tuple[Check, ...]:
    """Whether the server lets the client in as expected, and whether the named counter rose."""
    proxy = context.proxies.get(handshake.target)
    if proxy is None:
        known = ", ".join(sorted(context.proxies))
        return (Check(handshake.name, f"{handshake.target} has a sidecar", "yes", f"no (there are {known})", False),)
    before = await read_counter(proxy, handshake.counter) if handshake.counter else 0
    status = await _dial(handshake, proxy, context)
    seen = f"answered {status}" if status else "refused"
    expected = "an HTTP answer" if handshake.accepted else "refused"
    checks = [Check(handshake.name, f"{handshake.target} answers", expected, seen, bool(status) == handshake.accepted)]
    if handshake.counter:
        after = await _risen(proxy, handshake.counter, before)
        checks.append(
            Check(handshake.name, handshake.counter, f"> {before}", str(after), after > before),
        )
    return tuple(checks)


async def _dial(handshake: Handshake, proxy: ProxyAccess, context: ScenarioContext) -> int:
    """The HTTP status the server gave; 0 where it gave none.

    Under TLS 1.3 a client learns of its refusal only after its own handshake, so a request must follow.
    """
    tls = None
    if handshake.client != "plaintext":
        certificate = None
        if handshake.client != "none":
            certificate = context.certificates.issue(handshake.client, handshake.virtual_node)
        tls = _client_context(certificate)
    try:
        async with asyncio.timeout(_TIMEOUT_SECONDS):
            reader, writer = await asyncio.open_connection(*proxy.ingress, ssl=tls)
            try:
                writer.write(_REQUEST)
                await writer.drain()
                line = await reader.readline()
            finally:
                writer.close()
    except (OSError, TimeoutError):
        return 0
    parts = line.split()
    return int(parts[1]) if line.startswith(b"HTTP/1") and len(parts) > 1 and parts[1].isdigit() else 0


def _client_context(certificate: Certificate | None) -> ssl.SSLContext:
    """A client that doesn't check the server: what is tested is the server's check."""
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


async def _risen(proxy: ProxyAccess, counter: str, before: int) -> int:
    """The counter once it has risen, or what it is after a while: the server may count after the client has gone."""
    deadline = asyncio.get_running_loop().time() + _COUNTER_SECONDS
    while (now := await read_counter(proxy, counter)) <= before:
        if asyncio.get_running_loop().time() > deadline:
            break
        await asyncio.sleep(0.05)
    return now


async def read_counter(proxy: ProxyAccess, suffix: str) -> int:
    """The sum of the Envoy counters whose name ends so (admin ``/stats``)."""
    reader, writer = await asyncio.open_unix_connection(proxy.admin)
    writer.write(b"GET /stats?usedonly HTTP/1.1\r\nHost: admin\r\nConnection: close\r\n\r\n")
    text = (await reader.read()).decode(errors="replace")
    writer.close()
    found = 0
    for line in text.splitlines():
        name, _, value = line.partition(": ")
        if name.endswith(suffix) and value.strip().isdigit():
            found += int(value)
    return found
