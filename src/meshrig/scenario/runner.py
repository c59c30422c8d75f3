"""Run a scenario's phases in order."""

import asyncio
import json
import string
from collections.abc import Callable
from typing import Any

from meshrig.scenario.context import ScenarioContext
from meshrig.scenario.definition import Call, Handshake, Load, MeshConfig, Phase, Scenario
from meshrig.scenario.handshake import check_handshake
from meshrig.scenario.http import Address, Pool, render
from meshrig.scenario.load import check_load, offer
from meshrig.scenario.mesh_config import check_mesh_config
from meshrig.scenario.result import Check, ScenarioResult


async def run_scenario(scenario: Scenario, context: ScenarioContext, say: Callable[[str], None]) -> ScenarioResult:
    """Run all phases, a failed one not stopping the next; ``say`` gets each phase's name as it begins."""
    variables: dict[str, str] = {}
    checks: list[Check] = []
    for phase in scenario.phases:
        say(f"{scenario.name}: {phase.name}")
        checks += await _run(phase, context, variables)
    return ScenarioResult(scenario.name, tuple(checks))


async def _run(phase: Phase, context: ScenarioContext, variables: dict[str, str]) -> tuple[Check, ...]:
    match phase:
        case Call():
            return await _call(phase, context, variables)
        case Load():
            body = substitute(phase.request.body, variables)
            return check_load(phase, await offer(phase, context.invoke_url, body))
        case MeshConfig():
            return await asyncio.to_thread(check_mesh_config, phase, context)
        case Handshake():
            return await check_handshake(phase, context)


async def _call(call: Call, context: ScenarioContext, variables: dict[str, str]) -> tuple[Check, ...]:
    address = Address.of(context.invoke_url)
    pool = Pool(address)
    request = call.request
    path, body = substitute(request.path, variables), substitute(request.body, variables)
    answer = await pool.send(render(address, request.method, path, body))
    pool.close()
    expected = " or ".join(map(str, call.expect))
    ok = answer.status in call.expect
    seen = str(answer.status) if ok else f"{answer.status} {answer.body.decode(errors='replace')[:200]}"
    what = f"{request.method} {path}"
    checks = [Check(call.name, what, expected, seen, ok)]
    if ok:
        for variable, dotted in call.capture.items():
            value = pick(answer.body, dotted)
            if value is None:
                checks.append(Check(call.name, f"{what}: {dotted}", "present", "absent", False))
            else:
                variables[variable] = str(value)
    return tuple(checks)


def substitute(text: str, variables: dict[str, str]) -> str:
    """Replace ``${name}``; unknown names stay."""
    return string.Template(text).safe_substitute(variables)


def pick(body: bytes, dotted: str) -> Any:
    """``products.0.id`` of a JSON text; None where there is no such thing."""
    try:
        value = json.loads(body)
        for part in dotted.split("."):
            value = value[int(part)] if isinstance(value, list) else value[part]
    except (ValueError, KeyError, IndexError, TypeError):
        return None
    return value
