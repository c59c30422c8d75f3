"""The CloudFormation API -> what a stack is and what of it failed."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol

from botocore.exceptions import ClientError

from meshrig.read.aws.calls import PagingClient, error_code, pages, translated

# CloudFormation cancels what is still running when one resource fails; these reasons explain nothing.
_CANCELLED = ("Resource creation cancelled", "Resource update cancelled", "Resource deletion cancelled")
# The first event of an operation is the stack's own.
_STARTED = frozenset(
    ("CREATE_IN_PROGRESS", "UPDATE_IN_PROGRESS", "DELETE_IN_PROGRESS", "IMPORT_IN_PROGRESS", "REVIEW_IN_PROGRESS")
)


@dataclass(frozen=True)
class StackResource:
    physical_id: str
    type: str
    status: str


@dataclass(frozen=True)
class StackFailure:
    """A resource that failed, with the reason its service gave."""

    logical_id: str
    type: str
    reason: str


@dataclass(frozen=True)
class Stack:
    """``resources`` by logical id; ``failures`` of the latest operation, the first to fail first."""

    name: str
    status: str
    reason: str = ""
    outputs: Mapping[str, str] = field(default_factory=dict)
    resources: Mapping[str, StackResource] = field(default_factory=dict)
    failures: tuple[StackFailure, ...] = ()

    def physical_ids(self, type_name: str) -> tuple[str, ...]:
        """The physical ids of all resources of a type, in order of logical id."""
        return tuple(r.physical_id for _, r in sorted(self.resources.items()) if r.type == type_name and r.physical_id)


class CloudFormationClient(PagingClient, Protocol):
    """Of boto3's ``cloudformation`` client, what is used here."""

    def describe_stacks(self, *, StackName: str) -> dict[str, Any]: ...  # noqa: N803


def read_stack(client: CloudFormationClient, name: str) -> Stack | None:
    """None where there is no such stack. Raises MeshrigError where the API refuses a call."""
    with translated(f"reading stack {name}"):
        described = _describe(client, name)
        if described is None:
            return None
        summaries = pages(client, "list_stack_resources", "StackResourceSummaries", StackName=name)
        resources = {
            item["LogicalResourceId"]: StackResource(
                item.get("PhysicalResourceId") or "", item["ResourceType"], item["ResourceStatus"]
            )
            for item in summaries
        }
        status = described["StackStatus"]
        failed = "FAILED" in status or "ROLLBACK" in status
        failures = tuple(_failures(client, name, described.get("StackId", ""))) if failed else ()
    outputs = {output["OutputKey"]: output["OutputValue"] for output in described.get("Outputs") or ()}
    return Stack(name, status, described.get("StackStatusReason") or "", outputs, resources, failures)


def _describe(client: CloudFormationClient, name: str) -> dict[str, Any] | None:
    try:
        found: dict[str, Any] = client.describe_stacks(StackName=name)["Stacks"][0]
    except ClientError as error:
        gone = error_code(error) == "ValidationError" and "does not exist" in str(error)
        if gone:
            return None
        raise
    return None if found["StackStatus"] == "DELETE_COMPLETE" else found


def _failures(client: CloudFormationClient, name: str, stack_id: str) -> Iterator[StackFailure]:
    found: dict[str, StackFailure] = {}
    for event in pages(client, "describe_stack_events", "StackEvents", StackName=name):
        logical_id, status = event["LogicalResourceId"], event["ResourceStatus"]
        reason = event.get("ResourceStatusReason") or ""
        if event.get("PhysicalResourceId") == stack_id:
            if status in _STARTED:
                break
        elif status.endswith("_FAILED") and reason and not reason.startswith(_CANCELLED):
            # Events come newest first, so an earlier reason of the same resource takes the later one's place.
            found.pop(logical_id, None)
            found[logical_id] = StackFailure(logical_id, event["ResourceType"], reason)
    yield from reversed(found.values())
