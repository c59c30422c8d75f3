"""Create or update the stack, and say of a failure where in the template it comes from."""

import hashlib
import json
import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from botocore.exceptions import ClientError

from meshrig.errors import MeshrigError, Problem
from meshrig.read.template import Template

_POLL_SECONDS = 0.1
_CAPABILITIES = ["CAPABILITY_NAMED_IAM"]


@dataclass(frozen=True)
class AppliedStack:
    """``outputs`` by key; ``resources``: how many the stack has; ``changed``: whether anything was done."""

    name: str
    status: str
    outputs: Mapping[str, str]
    resources: int
    changed: bool


def apply_stack(
    client: Any, name: str, template: Template, parameters: Mapping[str, str], instance: str, memory: Path
) -> AppliedStack:
    """Bring the stack to what the template says; unchanged since the last time (``memory``): nothing is sent.

    ``instance`` is LocalStack's identity: a new one has forgotten everything. Raises MeshrigError with the failed
    resources and their lines; a failed update has been rolled back by then, a failed creation removed.
    """
    wanted = _fingerprint(template, parameters, instance)
    # In progress: somebody who was ended in the middle has begun it. What is sent now would come on top of that.
    current = _wait(client, name)
    settled = current and current["StackStatus"].endswith("_COMPLETE") and "DELETE" not in current["StackStatus"]
    changed = not (settled and memory.exists() and memory.read_text() == wanted)
    if changed:
        memory.unlink(missing_ok=True)
        current = _deploy(client, name, template, parameters, current)
        memory.write_text(wanted)
    assert current is not None
    outputs = {output["OutputKey"]: output["OutputValue"] for output in current.get("Outputs", [])}
    return AppliedStack(name, current["StackStatus"], outputs, _count_resources(client, name), changed)


def _deploy(
    client: Any, name: str, template: Template, parameters: Mapping[str, str], current: dict[str, Any] | None
) -> dict[str, Any]:
    if current and current["StackStatus"] in {"CREATE_FAILED", "ROLLBACK_COMPLETE", "ROLLBACK_FAILED", "DELETE_FAILED"}:
        client.delete_stack(StackName=name)
        _wait(client, name)
        current = None
    creating = current is None
    call = client.create_stack if creating else client.update_stack
    arguments = {
        "StackName": name,
        "TemplateBody": template.text,
        "Parameters": [{"ParameterKey": k, "ParameterValue": v} for k, v in parameters.items()],
        "Capabilities": _CAPABILITIES,
    }
    try:
        call(**arguments)
    except ClientError as error:
        message = error.response["Error"]["Message"]
        if "No updates are to be performed" not in message:
            raise MeshrigError(f"stack {name}: {message}") from error
    done = _wait(client, name)
    if done is None or done["StackStatus"] not in {"CREATE_COMPLETE", "UPDATE_COMPLETE"}:
        raise _failure(client, name, template, done)
    return done


def _wait(client: Any, name: str) -> dict[str, Any] | None:
    while True:
        current = _describe(client, name)
        if current is None or not current["StackStatus"].endswith("_IN_PROGRESS"):
            return current
        time.sleep(_POLL_SECONDS)


def _describe(client: Any, name: str) -> dict[str, Any] | None:
    try:
        stack: dict[str, Any] = client.describe_stacks(StackName=name)["Stacks"][0]
    except ClientError as error:
        if "does not exist" in error.response["Error"]["Message"]:
            return None
        raise
    return None if stack["StackStatus"] == "DELETE_COMPLETE" else stack


def _failure(client: Any, name: str, template: Template, stack: dict[str, Any] | None) -> MeshrigError:
    events = client.describe_stack_events(StackName=name)["StackEvents"]
    problems: dict[str, Problem] = {}
    for event in events:
        logical_id, reason = event["LogicalResourceId"], event.get("ResourceStatusReason", "")
        if event["ResourceStatus"].endswith("_FAILED") and logical_id in template.resources and reason:
            problems[logical_id] = Problem(reason, template.resources[logical_id].origin)
    status = stack["StackStatus"] if stack else "gone"
    reason = (stack or {}).get("StackStatusReason", "")
    lines = [str(problem) for problem in problems.values()] or ([reason] if reason else [])
    return MeshrigError("\n".join([f"stack {name} is {status}", *(f"    {line}" for line in lines)]))


def _count_resources(client: Any, name: str) -> int:
    pages = client.get_paginator("list_stack_resources").paginate(StackName=name)
    return sum(len(page["StackResourceSummaries"]) for page in pages)


def _fingerprint(template: Template, parameters: Mapping[str, str], instance: str) -> str:
    content = json.dumps([template.text, dict(sorted(parameters.items())), instance])
    return hashlib.sha256(content.encode()).hexdigest()
