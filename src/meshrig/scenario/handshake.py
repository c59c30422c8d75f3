"""Whether a sidecar lets in the clients it should, refuses the others, and counts them."""

import asyncio

from meshrig.scenario.context import ScenarioContext
from meshrig.scenario.definition import WITHOUT_CERTIFICATE, Handshake
from meshrig.scenario.envoy_counters import read_counter, wait_until_risen
from meshrig.scenario.probe import Outcome, client_tls, dial
from meshrig.scenario.result import Check


async def check_handshake(handshake: Handshake, context: ScenarioContext) -> tuple[Check, ...]:
    """Raises MeshrigError when the sidecar's admin doesn't answer or no such certificate can be made."""
    proxy = context.proxies.get(handshake.target)
    if proxy is None:
        known = ", ".join(sorted(context.proxies)) or "none"
        return (Check(handshake.name, f"sidecar of {handshake.target}", "running", f"running are: {known}", False),)
    before = await read_counter(proxy.admin, handshake.counter) if handshake.counter else 0
    outcome = await _dial(handshake, context, proxy.ingress)
    expected = "answered" if handshake.accepted else "refused"
    checks = [
        Check(handshake.name, f"{handshake.target} to this client", expected, str(outcome), outcome.kind == expected)
    ]
    if handshake.counter:
        after = await wait_until_risen(proxy.admin, handshake.counter, before)
        seen = f"{before} → {after}"
        checks.append(Check(handshake.name, f"{handshake.target} {handshake.counter}", "rises", seen, after > before))
    return tuple(checks)


async def _dial(handshake: Handshake, context: ScenarioContext, address: tuple[str, int]) -> Outcome:
    if handshake.client == "plaintext":
        return await dial(address, None)
    certificate = None
    if handshake.client not in WITHOUT_CERTIFICATE:
        certificate = await asyncio.to_thread(context.certificates.issue, handshake.client, handshake.virtual_node)
    return await dial(address, client_tls(certificate))
