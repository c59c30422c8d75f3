"""A single request: its status, values of its answer, and what later steps need of it."""

import asyncio
import json
from typing import Any

from meshrig.scenario.connections import Pool
from meshrig.scenario.definition import Call
from meshrig.scenario.http import Address, Answer, render
from meshrig.scenario.result import Check
from meshrig.scenario.variables import fill_body, fill_path, pick

_TIMEOUT_SECONDS = 30.0


async def check_call(call: Call, invoke_url: str, variables: dict[str, Any]) -> tuple[Check, ...]:
    """Send it; what it captures goes into ``variables``. Raises MissingVariableError."""
    address, request = Address.of(invoke_url), call.request
    path = fill_path(request.path, variables)
    answer = await _send(address, render(address, request.method, path, fill_body(request.body, variables)))
    what = f"{request.method} {path}"
    ok = answer.status in call.expect
    status = str(answer.status) if answer.status else "no answer"
    seen = status if ok else f"{status}: {answer.body.decode(errors='replace')[:200]}"
    # Any of the statuses is as good as another: a user made by an earlier run is there already.
    checks = [Check(call.name, what, " or ".join(map(str, call.expect)), seen, ok, "" if ok else status)]
    if ok and (call.values or call.capture):
        checks += _check_json(call, answer, variables)
    return tuple(checks)


async def _send(address: Address, request: bytes) -> Answer:
    pool = Pool(address)
    try:
        async with asyncio.timeout(_TIMEOUT_SECONDS):
            return (await pool.send(request)).answer
    except TimeoutError:
        return Answer(0, f"nothing within {_TIMEOUT_SECONDS:g} s".encode())
    finally:
        pool.close()


def _check_json(call: Call, answer: Answer, variables: dict[str, Any]) -> list[Check]:
    try:
        body = json.loads(answer.body)
    except ValueError:
        return [Check(call.name, "answer", "JSON", answer.body.decode(errors="replace")[:200], False)]
    checks = []
    for dotted, expected in call.values.items():
        seen = _shown(body, dotted)
        ok = seen != "absent" and json.loads(expected) == pick(body, dotted)
        checks.append(Check(call.name, dotted, expected, seen, ok, "" if ok else seen))
    for name, dotted in call.capture.items():
        try:
            variables[name] = pick(body, dotted)
        except LookupError:
            checks.append(Check(call.name, dotted, "present", "absent", False))
    return checks


def _shown(body: Any, dotted: str) -> str:
    """JSON text, which "absent" without quotes is not."""
    try:
        return json.dumps(pick(body, dotted))
    except LookupError:
        return "absent"
