"""Applying a stack, on a CloudFormation that answers from a script."""

import threading
from pathlib import Path
from typing import Any

import pytest
from botocore.exceptions import ClientError, EndpointConnectionError

from meshrig.errors import InvalidInputError, MeshrigError, Origin
from meshrig.harness.stack import AppliedStack, apply_stack
from meshrig.read.template import Template, TemplateResource

TEMPLATE = Template(
    "stack.yaml", "Resources: ...", {"Vpc": TemplateResource("AWS::EC2::VPC", Origin("s.yaml", 3, "Vpc"))}, ()
)


class FakeCloudFormation:
    """One stack. ``outcome``: the status that the next operation ends in; ``reasons`` of the resource's failures."""

    def __init__(self) -> None:
        self.stack: dict[str, Any] | None = None
        self.events: list[dict[str, Any]] = []
        self.outcome = ""
        self.reasons: tuple[str, ...] = ()
        self.refusal = ""
        self.updates = 0

    def describe_stacks(self, **_: str) -> dict[str, Any]:
        if self.stack is None:
            raise _error("DescribeStacks", "Stack with id shop does not exist")
        return {"Stacks": [self.stack]}

    def create_stack(self, **_: Any) -> None:
        self._operate("CREATE_COMPLETE")

    def update_stack(self, **_: Any) -> None:
        self._operate("UPDATE_COMPLETE")

    def delete_stack(self, **_: Any) -> None:
        self.stack = None

    def _operate(self, success: str) -> None:
        if self.refusal:
            raise _error("UpdateStack", self.refusal)
        self.updates += 1
        self.stack = {"StackId": "arn", "StackStatus": self.outcome or success}
        done = {"LogicalResourceId": "shop", "ResourceStatus": success}
        self.events.insert(0, {"EventId": str(len(self.events)), **done})
        for reason in self.reasons:
            event = {"LogicalResourceId": "Vpc", "ResourceStatus": "UPDATE_FAILED", "ResourceStatusReason": reason}
            self.events.insert(0, {"EventId": str(len(self.events)), **event})

    def describe_stack_events(self, **_: str) -> dict[str, Any]:
        return {"StackEvents": self.events}

    def get_paginator(self, operation: str) -> "FakeCloudFormation":
        self._asked = operation
        return self

    def paginate(self, **_: str) -> list[dict[str, Any]]:
        return [{"StackEvents": self.events}] if self._asked == "describe_stack_events" else [{}]


def _error(operation: str, message: str) -> ClientError:
    return ClientError({"Error": {"Code": "ValidationError", "Message": message}}, operation)


@pytest.fixture
def cloud() -> FakeCloudFormation:
    return FakeCloudFormation()


def apply(cloud: Any, tmp_path: Path, instance: str = "i") -> AppliedStack:
    return apply_stack(cloud, "shop", TEMPLATE, {}, instance, tmp_path / "applied")


def test_an_unchanged_stack_is_left_alone(cloud: FakeCloudFormation, tmp_path: Path) -> None:
    assert apply(cloud, tmp_path).changed
    assert not apply(cloud, tmp_path).changed
    assert cloud.updates == 1


def test_what_somebody_else_has_begun_is_waited_for(cloud: FakeCloudFormation, tmp_path: Path) -> None:
    cloud.stack = {"StackId": "arn", "StackStatus": "CREATE_IN_PROGRESS", "LastUpdatedTime": 0}
    apply_when_asked = cloud.update_stack
    seen: list[str] = []

    def update(**arguments: Any) -> None:
        assert cloud.stack is not None
        seen.append(cloud.stack["StackStatus"])
        apply_when_asked(**arguments)

    cloud.update_stack = update  # type: ignore[method-assign]
    ended = threading.Timer(0.3, cloud.stack.update, [{"StackStatus": "CREATE_COMPLETE"}])
    ended.start()
    apply(cloud, tmp_path)
    assert seen == ["CREATE_COMPLETE"]


def test_what_somebody_else_changed_is_brought_back(cloud: FakeCloudFormation, tmp_path: Path) -> None:
    apply(cloud, tmp_path)
    cloud.update_stack()
    assert apply(cloud, tmp_path).changed


def test_a_memory_that_cannot_be_read_is_no_memory(cloud: FakeCloudFormation, tmp_path: Path) -> None:
    apply(cloud, tmp_path)
    (tmp_path / "applied").write_bytes(b"\xff")
    assert apply(cloud, tmp_path).changed


def test_a_failed_update_names_the_line_and_only_its_own_reasons(cloud: FakeCloudFormation, tmp_path: Path) -> None:
    apply(cloud, tmp_path)
    cloud.outcome = "UPDATE_ROLLBACK_COMPLETE"
    for reason in ("the first mistake", "the second mistake"):
        cloud.reasons = (reason, "Resource update cancelled")
        with pytest.raises(InvalidInputError) as error:
            apply(cloud, tmp_path, "another")
        assert error.value.message == f"s.yaml:3: Vpc: {reason}"
    assert error.value.hint == "stack shop is UPDATE_ROLLBACK_COMPLETE; what ran before is as it was"
    assert error.value.exit_code == 2


def test_a_template_put_right_after_a_failed_update_is_what_stands(cloud: FakeCloudFormation, tmp_path: Path) -> None:
    apply(cloud, tmp_path)
    cloud.outcome, cloud.reasons = "UPDATE_ROLLBACK_COMPLETE", ("a mistake",)
    with pytest.raises(InvalidInputError):
        apply(cloud, tmp_path, "another")
    cloud.refusal = "No updates are to be performed."
    assert apply(cloud, tmp_path).status == "UPDATE_ROLLBACK_COMPLETE"
    assert not apply(cloud, tmp_path).changed


def test_a_refused_template_is_wrong_input(cloud: FakeCloudFormation, tmp_path: Path) -> None:
    cloud.refusal = "Template format error: nonsense"
    with pytest.raises(InvalidInputError, match=r"s\.yaml: Template format error: nonsense"):
        apply(cloud, tmp_path)


def test_a_refusal_that_names_a_resource_has_its_line(cloud: FakeCloudFormation, tmp_path: Path) -> None:
    cloud.refusal = "Template error: resource Vpc does not support attribute type Nope in Fn::GetAtt"
    with pytest.raises(InvalidInputError, match=r"^s\.yaml:3: Vpc: Template error"):
        apply(cloud, tmp_path)


def test_a_stack_that_somebody_else_is_changing_is_not(cloud: FakeCloudFormation, tmp_path: Path) -> None:
    cloud.refusal = "Stack:arn is in UPDATE_IN_PROGRESS state and can not be updated."
    with pytest.raises(MeshrigError, match="can not be updated") as error:
        apply(cloud, tmp_path)
    assert error.value.exit_code == 1


def test_a_failed_creation_is_made_anew(cloud: FakeCloudFormation, tmp_path: Path) -> None:
    cloud.outcome, cloud.reasons = "ROLLBACK_COMPLETE", ("a mistake",)
    with pytest.raises(InvalidInputError, match="a mistake"):
        apply(cloud, tmp_path)
    cloud.outcome, cloud.reasons = "", ()
    assert apply(cloud, tmp_path).status == "CREATE_COMPLETE"


def test_an_endpoint_that_is_away_is_said_in_words(cloud: FakeCloudFormation, tmp_path: Path) -> None:
    def away(**_: str) -> dict[str, Any]:
        raise EndpointConnectionError(endpoint_url="http://127.0.0.1:1")

    cloud.describe_stacks = away  # type: ignore[method-assign]
    with pytest.raises(MeshrigError, match="stack shop: Could not connect"):
        apply(cloud, tmp_path)
