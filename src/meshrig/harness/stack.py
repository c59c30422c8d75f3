"""Create or update the stack, and say of a failure where in the template it comes from."""

import hashlib
import json
import re
import time
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from botocore.exceptions import ClientError

from meshrig.errors import InvalidInputError, MeshrigError, Origin, Problem
from meshrig.read.aws.calls import error_code, pages, translated
from meshrig.read.template import Template

_POLL_SECONDS = 0.1
_PATIENCE_SECONDS = 580.0
_ONLY_DELETABLE = frozenset({"CREATE_FAILED", "ROLLBACK_COMPLETE", "ROLLBACK_FAILED", "DELETE_FAILED"})
# When one resource fails CloudFormation cancels what is still running; these reasons explain nothing.
_CANCELLED = ("Resource creation cancelled", "Resource update cancelled", "Resource deletion cancelled")
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

    ``instance`` is LocalStack's identity: a new one has forgotten everything. Raises InvalidInputError with the lines
    of what the API refused or could not make, and MeshrigError where it can't be reached. A failed update has been
    rolled back by then; what a failed creation left is removed by the next one.
    """
    wanted = _fingerprint(template, parameters, instance)
    with translated(f"stack {name}"):
        # In progress: somebody who was ended in the middle has begun it. What is sent now would come on top of that.
        current = _wait(client, name)
        settled = current and current["StackStatus"].endswith("_COMPLETE") and "DELETE" not in current["StackStatus"]
        changed = not (settled and _remembered(memory) == f"{wanted} {_latest_event(client, name)}")
        if changed:
            memory.unlink(missing_ok=True)
            current = _deploy(client, name, template, parameters, current)
            memory.write_text(f"{wanted} {_latest_event(client, name)}")
        assert current is not None
        outputs = {output["OutputKey"]: output["OutputValue"] for output in current.get("Outputs", [])}
        return AppliedStack(name, current["StackStatus"], outputs, _count_resources(client, name), changed)


def _remembered(memory: Path) -> str:
    try:
        return memory.read_text()
    except (OSError, UnicodeDecodeError):
        return ""


def _latest_event(client: Any, name: str) -> str:
    """Another one after each operation on the stack, ours or anybody's (LocalStack never changes LastUpdatedTime)."""
    events = client.describe_stack_events(StackName=name)["StackEvents"]
    return str(events[0]["EventId"]) if events else ""


def _deploy(
    client: Any, name: str, template: Template, parameters: Mapping[str, str], current: dict[str, Any] | None
) -> dict[str, Any]:
    if current and current["StackStatus"] in _ONLY_DELETABLE:
        client.delete_stack(StackName=name)
        _wait(client, name)
        current = None
    earlier = {event["EventId"] for event in _events(client, name)} if current else set()
    call = client.update_stack if current else client.create_stack
    try:
        call(
            StackName=name,
            TemplateBody=template.text,
            Parameters=[{"ParameterKey": k, "ParameterValue": v} for k, v in parameters.items()],
            Capabilities=_CAPABILITIES,
        )
    except ClientError as error:
        message = error.response["Error"]["Message"]
        if current and "No updates are to be performed" in message:
            # It is what the template says, such as after a failed update that was rolled back.
            return current
        raise _refusal(error, name, template, message) from error
    done = _wait(client, name)
    if done is None or done["StackStatus"] not in {"CREATE_COMPLETE", "UPDATE_COMPLETE"}:
        events = [event for event in _events(client, name) if event["EventId"] not in earlier] if done else []
        raise _failure(name, template, done or {"StackStatus": "gone"}, events)
    return done


def _refusal(error: ClientError, name: str, template: Template, message: str) -> MeshrigError:
    """The API took nothing: the template's fault, unless the stack is being changed by somebody else."""
    if error_code(error) != "ValidationError" or "state and can not be updated" in message:
        return MeshrigError(f"stack {name}: {message}")
    named = [found for logical_id, found in template.resources.items() if re.search(rf"\b{logical_id}\b", message)]
    if len(named) == 1:
        return InvalidInputError([Problem(message, named[0].origin)])
    file = next((resource.origin.file for resource in template.resources.values()), template.name)
    return InvalidInputError([Problem(message, Origin(file))])


def _failure(
    name: str, template: Template, stack: Mapping[str, Any], events: Iterable[Mapping[str, Any]]
) -> MeshrigError:
    """What failed first at each resource, with its line; ``events`` come newest first."""
    problems: dict[str, Problem] = {}
    for event in events:
        logical_id, reason = event["LogicalResourceId"], event.get("ResourceStatusReason", "")
        failed = event["ResourceStatus"].endswith("_FAILED") and reason and not reason.startswith(_CANCELLED)
        if failed and logical_id in template.resources:
            problems[logical_id] = Problem(reason, template.resources[logical_id].origin)
    status, reason = stack["StackStatus"], stack.get("StackStatusReason", "")
    if not problems:
        return MeshrigError(f"stack {name} is {status}{': ' if reason else ''}{reason}")
    kept = "; what ran before is as it was" if status == "UPDATE_ROLLBACK_COMPLETE" else ""
    return InvalidInputError(problems.values(), hint=f"stack {name} is {status}{kept}")


def _wait(client: Any, name: str) -> dict[str, Any] | None:
    deadline = time.monotonic() + _PATIENCE_SECONDS
    while True:
        current = _describe(client, name)
        if current is None or not current["StackStatus"].endswith("_IN_PROGRESS"):
            return current
        if time.monotonic() > deadline:
            raise MeshrigError(f"stack {name} is still {current['StackStatus']} after {_PATIENCE_SECONDS:.0f} s")
        time.sleep(_POLL_SECONDS)


def _describe(client: Any, name: str) -> dict[str, Any] | None:
    try:
        stack: dict[str, Any] = client.describe_stacks(StackName=name)["Stacks"][0]
    except ClientError as error:
        if "does not exist" in error.response["Error"]["Message"]:
            return None
        raise
    return None if stack["StackStatus"] == "DELETE_COMPLETE" else stack


def _events(client: Any, name: str) -> list[dict[str, Any]]:
    return list(pages(client, "describe_stack_events", "StackEvents", StackName=name))


def _count_resources(client: Any, name: str) -> int:
    return sum(1 for _ in pages(client, "list_stack_resources", "StackResourceSummaries", StackName=name))


def _fingerprint(template: Template, parameters: Mapping[str, str], instance: str) -> str:
    content = json.dumps([template.text, dict(sorted(parameters.items())), instance])
    return hashlib.sha256(content.encode()).hexdigest()
