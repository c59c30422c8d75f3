"""Whether a sidecar lets in the clients it should, refuses the others, and counts them."""

import asyncio

from meshrig.errors import MeshrigError
from meshrig.scenario.attempt import Attempt
from meshrig.scenario.context import ScenarioContext, Target
from meshrig.scenario.definition import WITHOUT_CERTIFICATE, Handshake
from meshrig.scenario.envoy_counters import wait_until_risen
from meshrig.scenario.result import Check


async def check_handshake(handshake: Handshake, context: ScenarioContext) -> tuple[Check, ...]:
    """Raises MeshrigError when the mesh cannot be reached or no such certificate can be made."""
    mesh, name, counter = context.mesh, handshake.target, handshake.counter
    target = await _sidecar(context, name)
    before = await mesh.counter(name, counter) if counter else 0
    (outcome,) = await mesh.dial((await _attempt(handshake, context, target),))
    expected = "answered" if handshake.accepted else "refused"
    what = f"{name} to this client"
    checks = [Check(handshake.name, what, expected, str(outcome), outcome.kind == expected, outcome.kind)]
    if counter:
        after = await wait_until_risen(lambda: mesh.counter(name, counter), before)
        risen = after > before
        outcome_of_counter = "rises" if risen else "stays"
        what = f"{name} {counter}"
        checks.append(Check(handshake.name, what, "rises", f"{before} → {after}", risen, outcome_of_counter))
    return tuple(checks)


async def _sidecar(context: ScenarioContext, name: str) -> Target:
    """One that its pods' sidecars guard; which of several pods makes no difference."""
    for target in (await context.mesh.targets(name)).addresses:
        if target.via == "pod_ip" and not target.open_because:
            return target
    raise MeshrigError(f"no pod of {name} has a port that its sidecar guards")


async def _attempt(handshake: Handshake, context: ScenarioContext, target: Target) -> Attempt:
    if handshake.client == "plaintext":
        return Attempt(target.host, target.port, plaintext=True)
    if handshake.client in WITHOUT_CERTIFICATE:
        return Attempt(target.host, target.port)
    issue = context.certificates.issue
    certificate = await asyncio.to_thread(issue, handshake.client, handshake.virtual_node)
    return Attempt(target.host, target.port, certificate=certificate)
