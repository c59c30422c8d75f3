"""Deploys CloudFormation stacks to a running LocalStack and looks at what became of them."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from running_localstack import RunningLocalStack

PENDING = "_IN_PROGRESS"


@dataclass(frozen=True)
class Outcome:
    """How a deployment ended: the stack's status, Ref values by logical id, outputs, and the reasons of failures."""

    status: str
    references: Mapping[str, str]
    outputs: Mapping[str, str]
    reasons: str


class Stack:
    """One stack of one LocalStack; ``account`` is the access key it is deployed with."""

    def __init__(self, localstack: RunningLocalStack, name: str, account: str = "000000000000") -> None:
        self._client: Any = localstack.client("cloudformation", account=account)
        self._name = name

    def create(self, template: str, **parameters: str) -> Outcome:
        self._id = self._client.create_stack(**self._request(template, parameters))["StackId"]
        return self._outcome()

    def update(self, template: str, **parameters: str) -> Outcome:
        self._client.update_stack(**self._request(template, parameters))
        return self._outcome()

    def update_by_change_set(self, template: str, **parameters: str) -> Outcome:
        names = {"StackName": self._name, "ChangeSetName": "change"}
        self._client.create_change_set(**self._request(template, parameters), ChangeSetName="change")
        change_set = self._client.describe_change_set(**names)
        while change_set["Status"].endswith(PENDING):
            change_set = self._client.describe_change_set(**names)
        if change_set["Status"] != "FAILED":
            self._client.execute_change_set(**names)
        outcome = self._outcome()
        return replace(outcome, reasons=f"{change_set.get('StatusReason', '')}\n{outcome.reasons}")

    def delete(self) -> str:
        self._client.delete_stack(StackName=self._name)
        return self._outcome().status

    def _request(self, template: str, parameters: Mapping[str, str]) -> dict[str, Any]:
        return {
            "StackName": self._name,
            "TemplateBody": template,
            "Parameters": [{"ParameterKey": key, "ParameterValue": value} for key, value in parameters.items()],
            "Capabilities": ["CAPABILITY_NAMED_IAM"],
        }

    def _outcome(self) -> Outcome:
        stack = self._described()
        while stack["StackStatus"].endswith(PENDING):
            stack = self._described()
        resources = self._client.describe_stack_resources(StackName=self._id)["StackResources"]
        events = self._client.describe_stack_events(StackName=self._id)["StackEvents"]
        return Outcome(
            status=stack["StackStatus"],
            references={each["LogicalResourceId"]: each.get("PhysicalResourceId", "") for each in resources},
            outputs={each["OutputKey"]: each["OutputValue"] for each in stack.get("Outputs", [])},
            reasons="\n".join([stack.get("StackStatusReason", ""), *(_reason(event) for event in events)]),
        )

    def _described(self) -> Any:
        return self._client.describe_stacks(StackName=self._id)["Stacks"][0]


def _reason(event: Mapping[str, str]) -> str:
    return f"{event['LogicalResourceId']}: {event.get('ResourceStatusReason', '')}"
