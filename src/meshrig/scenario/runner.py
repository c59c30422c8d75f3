"""Run a scenario: its setup, then its phases in order."""

import asyncio
from collections.abc import Callable
from typing import Any

from meshrig.errors import MeshrigError
from meshrig.scenario.bypass import check_bypass
from meshrig.scenario.call import check_call
from meshrig.scenario.context import ScenarioContext
from meshrig.scenario.definition import Bypass, Call, Handshake, Load, MeshConfig, Phase, Scenario
from meshrig.scenario.handshake import check_handshake
from meshrig.scenario.load import offer_load
from meshrig.scenario.load_checks import check_load
from meshrig.scenario.mesh_config import check_mesh_config
from meshrig.scenario.result import Check, ScenarioResult
from meshrig.scenario.variables import fill_body, fill_path


async def run_scenario(
    scenario: Scenario, context: ScenarioContext, on_progress: Callable[[str], None]
) -> ScenarioResult:
    """Run all phases, a failed one not stopping the next; of a failed setup none is run.

    ``on_progress`` gets each step's name as it begins. A setup that went well leaves no check behind.
    """
    variables: dict[str, Any] = {}
    checks: list[Check] = []
    for step in scenario.setup:
        on_progress(f"{scenario.name}: {step.name}")
        seen = await _run(step, context, variables)
        if not all(check.ok for check in seen):
            return ScenarioResult(scenario.name, (*seen, _not_run(scenario, step)))
    for phase in scenario.phases:
        on_progress(f"{scenario.name}: {phase.name}")
        checks += await _run(phase, context, variables)
    return ScenarioResult(scenario.name, tuple(checks))


def _not_run(scenario: Scenario, step: Call) -> Check:
    count = len(scenario.phases)
    return Check(step.name, "phases run after setup", str(count), "0: the setup failed", False)


async def _run(phase: Phase, context: ScenarioContext, variables: dict[str, Any]) -> tuple[Check, ...]:
    try:
        match phase:
            case Call():
                return await check_call(phase, context.invoke_url, variables)
            case Load():
                path, body = fill_path(phase.request.path, variables), fill_body(phase.request.body, variables)
                return check_load(phase, await offer_load(phase, context.invoke_url, path, body))
            case MeshConfig():
                return await asyncio.to_thread(check_mesh_config, phase, context)
            case Handshake():
                return await check_handshake(phase, context)
            case Bypass():
                return await check_bypass(phase, context)
    except MeshrigError as error:
        return (Check(phase.name, "can run", "yes", error.message, False),)
