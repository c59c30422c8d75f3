"""The feed of a running LocalStack."""

import json
import urllib.error
import urllib.request
from concurrent.futures import ThreadPoolExecutor, as_completed
from typing import Any

import pytest
from running_localstack import RunningLocalStack

from meshrig_localstack.changes.feed import MAX_WAITERS

REST_API_TEMPLATE = json.dumps(
    {"Resources": {"Api": {"Type": "AWS::ApiGateway::RestApi", "Properties": {"Name": "feed-test"}}}}
)


def get(localstack: RunningLocalStack, path: str) -> tuple[int, dict[str, Any]]:
    try:
        with urllib.request.urlopen(f"{localstack.endpoint}{path}", timeout=70) as answer:
            return answer.status, json.load(answer)
    except urllib.error.HTTPError as refused:
        return refused.code, json.load(refused)


def revision(localstack: RunningLocalStack) -> int:
    number: int = get(localstack, "/_meshrig/changes?timeout=0&since=0")[1]["revision"]
    return number


def test_info(localstack: RunningLocalStack) -> None:
    status, info = get(localstack, "/_meshrig/info")
    assert status == 200
    assert info["localstack_version"] == "4.14.0"
    assert info["plugin_version"]
    assert info["instance"] == get(localstack, "/_meshrig/changes?timeout=0")[1]["instance"]
    assert {"appmesh", "apigateway", "elbv2", "eks"} <= set(info["services"])


def test_a_call_wakes_a_waiting_reader(localstack: RunningLocalStack) -> None:
    appmesh = localstack.client("appmesh")
    appmesh.create_mesh(meshName="feed")
    since = revision(localstack)
    with ThreadPoolExecutor(1) as pool:
        waiting = pool.submit(get, localstack, f"/_meshrig/changes?since={since}&timeout=60")
        appmesh.list_meshes()
        appmesh.update_mesh(meshName="feed", spec={"egressFilter": {"type": "ALLOW_ALL"}})
        status, answer = waiting.result()
    assert status == 200
    assert [change["operation"] for change in answer["changes"]] == ["UpdateMesh"]
    assert answer["changes"][0]["region"] == "us-east-1"
    assert answer["revision"] == since + 1


def test_a_failed_call_is_no_change(localstack: RunningLocalStack) -> None:
    since = revision(localstack)
    with pytest.raises(localstack.client("appmesh").exceptions.NotFoundException):
        localstack.client("appmesh").delete_mesh(meshName="no-such-mesh")
    assert revision(localstack) == since


def test_what_cloudformation_makes_is_recorded(localstack: RunningLocalStack) -> None:
    since = revision(localstack)
    cloudformation = localstack.client("cloudformation")
    cloudformation.create_stack(StackName="feed", TemplateBody=REST_API_TEMPLATE)
    cloudformation.get_waiter("stack_create_complete").wait(StackName="feed", WaiterConfig={"Delay": 1})
    changes = get(localstack, f"/_meshrig/changes?since={since}&timeout=0")[1]["changes"]
    operations = [(change["service"], change["operation"]) for change in changes]
    assert ("cloudformation", "CreateStack") in operations
    assert ("apigateway", "CreateRestApi") in operations
    cloudformation.delete_stack(StackName="feed")


@pytest.mark.parametrize("query", ["since=x", "since=-1", "timeout=61", "timeout=nan", "timeout=x"])
def test_bad_parameters(localstack: RunningLocalStack, query: str) -> None:
    status, answer = get(localstack, f"/_meshrig/changes?{query}")
    assert status == 400
    assert "since" in answer["error"]


def test_too_many_waiters_are_told_so_and_others_are_served(localstack: RunningLocalStack) -> None:
    path = f"/_meshrig/changes?since={revision(localstack)}&timeout=60"
    with ThreadPoolExecutor(MAX_WAITERS + 1) as pool:
        waiting = [pool.submit(get, localstack, path) for _ in range(MAX_WAITERS + 1)]
        refused = next(as_completed(waiting)).result()
        assert refused[0] == 429
        assert "poll again" in refused[1]["error"]
        localstack.client("appmesh").create_mesh(meshName="feed-many")
        assert sorted(future.result()[0] for future in waiting) == [200] * MAX_WAITERS + [429]
