"""VPC links, method settings, and what a deployment froze."""

import json
import urllib.error
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pytest
from botocore.exceptions import ClientError
from running_localstack import RunningLocalStack


@dataclass(frozen=True)
class Api:
    """A REST API with POST /orders, deployed to the stage prod."""

    client: Any
    identifier: str
    resource: str
    deployment: str


@pytest.fixture
def api(localstack: RunningLocalStack) -> Iterator[Api]:
    client: Any = localstack.client("apigateway")
    identifier = client.create_rest_api(name="snapshot")["id"]
    root = client.get_resources(restApiId=identifier)["items"][0]["id"]
    resource = client.create_resource(restApiId=identifier, parentId=root, pathPart="orders")["id"]
    validator = client.create_request_validator(restApiId=identifier, name="body", validateRequestBody=True)["id"]
    method = {"restApiId": identifier, "resourceId": resource, "httpMethod": "POST"}
    client.put_method(**method, authorizationType="NONE", requestValidatorId=validator)
    client.put_integration(
        **method,
        type="HTTP_PROXY",
        integrationHttpMethod="POST",
        uri="http://inner.local/orders",
        connectionType="VPC_LINK",
        connectionId="link-1",
    )
    deployment = client.create_deployment(restApiId=identifier, stageName="prod")["id"]
    yield Api(client, identifier, resource, deployment)
    client.delete_rest_api(restApiId=identifier)


def snapshot(localstack: RunningLocalStack, api: Api, deployment: str) -> tuple[int, dict[str, Any]]:
    path = f"/_meshrig/apigateway/restapis/{api.identifier}/deployments/{deployment}?region=us-east-1"
    try:
        with urllib.request.urlopen(f"{localstack.endpoint}{path}", timeout=10) as answer:
            return answer.status, json.load(answer)
    except urllib.error.HTTPError as refused:
        return refused.code, json.load(refused)


def orders(content: dict[str, Any]) -> dict[str, Any]:
    found: dict[str, Any] = next(each for each in content["resources"] if each["path"] == "/orders")
    return found


def test_the_snapshot_has_everything_a_gateway_needs(localstack: RunningLocalStack, api: Api) -> None:
    status, content = snapshot(localstack, api, api.deployment)
    assert status == 200
    method = orders(content)["resourceMethods"]["POST"]
    assert method["methodIntegration"]["connectionId"] == "link-1"
    assert method["requestValidatorId"] == content["requestValidators"][0]["id"]
    assert content["restApi"]["name"] == "snapshot"
    assert {"Empty", "Error"} <= {model["name"] for model in content["models"]}
    assert "THROTTLED" in {each["responseType"] for each in content["gatewayResponses"]}
    assert content["authorizers"] == []


def test_a_snapshot_is_the_deployment_not_the_draft(localstack: RunningLocalStack, api: Api) -> None:
    deployed = snapshot(localstack, api, api.deployment)
    method = {"restApiId": api.identifier, "resourceId": api.resource, "httpMethod": "POST"}
    change = [{"op": "replace", "path": "/uri", "value": "http://elsewhere.local/orders"}]
    api.client.update_integration(**method, patchOperations=change)
    assert snapshot(localstack, api, api.deployment) == deployed
    later = api.client.create_deployment(restApiId=api.identifier)["id"]
    integration = orders(snapshot(localstack, api, later)[1])["resourceMethods"]["POST"]["methodIntegration"]
    assert integration["uri"] == "http://elsewhere.local/orders"
    assert api.client.get_stage(restApiId=api.identifier, stageName="prod")["deploymentId"] == api.deployment


def test_no_snapshot_of_what_is_not_there(localstack: RunningLocalStack, api: Api) -> None:
    status, content = snapshot(localstack, api, "nope")
    assert status == 404
    assert "no deployment nope" in content["error"]


def test_a_deleted_deployment_has_no_snapshot(localstack: RunningLocalStack, api: Api) -> None:
    later = api.client.create_deployment(restApiId=api.identifier)["id"]
    api.client.delete_deployment(restApiId=api.identifier, deploymentId=later)
    assert snapshot(localstack, api, later)[0] == 404


@pytest.mark.parametrize(("limit", "value"), [("rateLimit", "fast"), ("burstLimit", "1.5")])
def test_a_throttle_that_is_no_number_is_a_bad_request(api: Api, limit: str, value: str) -> None:
    patch = {"op": "replace", "path": f"/~1orders/POST/throttling/{limit}", "value": value}
    with pytest.raises(ClientError, match="Invalid patch value specified") as error:
        api.client.update_stage(restApiId=api.identifier, stageName="prod", patchOperations=[patch])
    assert error.value.response["Error"]["Code"] == "BadRequestException"


def test_method_settings_come_and_go(api: Api) -> None:
    def update(*operations: tuple[str, str, str]) -> dict[str, Any]:
        patches = [{"op": op, "path": path, "value": value} for op, path, value in operations]
        stage = api.client.update_stage(restApiId=api.identifier, stageName="prod", patchOperations=patches)
        settings: dict[str, Any] = stage["methodSettings"]
        return settings

    settings = update(
        ("replace", "/~1orders/POST/throttling/rateLimit", "100"),
        ("replace", "/~1orders/POST/throttling/burstLimit", "20"),
        ("replace", "/*/*/throttling/rateLimit", "50"),
    )
    assert settings["~1orders/POST"]["throttlingRateLimit"] == 100.0
    assert settings["~1orders/POST"]["throttlingBurstLimit"] == 20
    assert settings["*/*"]["throttlingRateLimit"] == 50.0
    assert set(update(("remove", "/~1orders/POST", ""))) == {"*/*"}
    with pytest.raises(ClientError, match="Cannot remove method setting ~1orders/POST"):
        update(("remove", "/~1orders/POST", ""))


@pytest.mark.parametrize(
    ("targets", "reason"),
    [
        (
            ["arn:aws:elasticloadbalancing:us-east-1:000000000000:loadbalancer/net/no/0123456789abcdef"],
            "Could not find",
        ),
        (["arn:aws:a:us-east-1:000000000000:b", "arn:aws:a:us-east-1:000000000000:c"], "Only one NLB ARN"),
    ],
)
def test_a_vpc_link_needs_one_network_load_balancer(api: Api, targets: list[str], reason: str) -> None:
    with pytest.raises(ClientError, match=reason):
        api.client.create_vpc_link(name="link", targetArns=targets)
