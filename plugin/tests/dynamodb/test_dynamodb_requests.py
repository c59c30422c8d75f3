"""Reading DynamoDB requests, and errors in AWS's shape; no LocalStack, no sockets."""

import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from meshrig_localstack.dynamodb.hooks import LISTEN_VARIABLE
from meshrig_localstack.dynamodb.requests import answer_request, read_call
from meshrig_localstack.settings import BadSettingError, ListenAddress, listen_address

SCOPE = "AWS4-HMAC-SHA256 Credential={key}/20260101/{region}/dynamodb/aws4_request, SignedHeaders=host, Signature=0"

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(st.sampled_from(["S", "N", "id", "x"]), inner),
    max_leaves=5,
)
MEMBERS = ("TableName", "Key", "Item", "RequestItems", "TransactItems", "KeyConditionExpression", "UpdateExpression")


def headers(operation: str, key: str = "000000000000", region: str = "us-east-1") -> dict[str, str]:
    return {"x-amz-target": f"DynamoDB_20120810.{operation}", "authorization": SCOPE.format(key=key, region=region)}


def ask(operation: str, body: object) -> tuple[int, Any]:
    answer = answer_request("POST", headers(operation), json.dumps(body).encode())
    return answer.status, json.loads(answer.body)


@pytest.mark.parametrize(
    ("key", "region", "account", "used_region"),
    [
        ("111111111111", "eu-west-1", "111111111111", "eu-west-1"),
        ("test", "us-east-1", "000000000000", "us-east-1"),
        ("test", "mars-north-1", "000000000000", "us-east-1"),
    ],
)
def test_account_and_region_of_a_call(key: str, region: str, account: str, used_region: str) -> None:
    call = read_call("POST", headers("GetItem", key, region), b"{}")
    assert (call.operation, call.account, call.region) == ("GetItem", account, used_region)


def test_health() -> None:
    assert answer_request("GET", {}, b"").body == "healthy"


@pytest.mark.parametrize(
    ("target", "body", "status", "error"),
    [
        ("", b"{}", 400, "UnknownOperationException"),
        ("DynamoDB_20120810.NoSuchThing", b"{}", 400, "UnknownOperationException"),
        ("Other.GetItem", b"{}", 400, "UnknownOperationException"),
        ("DynamoDB_20120810.GetItem", b"{", 400, "SerializationException"),
        ("DynamoDB_20120810.GetItem", b"[]", 400, "SerializationException"),
        ("DynamoDB_20120810.GetItem", b"\xff", 400, "SerializationException"),
        ("DynamoDB_20120810.GetItem", b"[" * 100_000, 400, "SerializationException"),
        ("DynamoDB_20120810.GetItem", b"{}", 400, "ValidationException"),
        (
            "DynamoDB_20120810.GetItem",
            b'{"TableName": "none", "Key": {"id": {"S": "1"}}}',
            400,
            "ResourceNotFoundException",
        ),
    ],
)
def test_errors(target: str, body: bytes, status: int, error: str) -> None:
    answer = answer_request("POST", {"x-amz-target": target}, body)
    parsed = json.loads(answer.body)
    assert (answer.status, parsed["__type"].rpartition("#")[2]) == (status, error)
    assert answer.headers["Content-Type"] == "application/x-amz-json-1.0"


def test_a_malformed_request_is_told_all_that_is_wrong() -> None:
    status, error = ask("GetItem", {"Key": {"id": {"S": 1}}, "ConsistentRead": "yes"})
    assert status == 400
    assert "Value null at 'tableName' failed" in error["message"] or "at 'TableName' failed" in error["message"]
    assert "at 'Key.id.member.S' failed to satisfy constraint: Member must be a string" in error["message"]
    assert "at 'ConsistentRead' failed to satisfy constraint: Member must be true or false" in error["message"]


@given(
    st.sampled_from(["GetItem", "PutItem", "UpdateItem", "DeleteItem", "Query", "Scan", "BatchGetItem", "CreateTable"]),
    st.dictionaries(st.sampled_from(MEMBERS), JSON, max_size=4),
)
@settings(max_examples=150, deadline=None)
def test_any_json_gets_an_answer_in_awss_shape(operation: str, body: dict[str, Any]) -> None:
    status, answer = ask(operation, body)
    assert status in (200, 400, 500)
    assert status == 200 or answer["__type"]


@pytest.mark.parametrize(
    ("text", "address"),
    [("127.0.0.1:0", ListenAddress("127.0.0.1", 0)), ("", None), (" ::1:80 ", ListenAddress("::1", 80))],
)
def test_listen_address(text: str, address: ListenAddress | None) -> None:
    assert listen_address({LISTEN_VARIABLE: text}, LISTEN_VARIABLE, "127.0.0.1:4569") == address
    assert listen_address({}, LISTEN_VARIABLE, "127.0.0.1:4569") is None


@pytest.mark.parametrize("text", ["4569", "host", ":80", "host:http", "host:70000", "host:-1"])
def test_bad_listen_address(text: str) -> None:
    with pytest.raises(BadSettingError, match="MESHRIG_DYNAMODB_LISTEN must be <host>:<port>"):
        listen_address({LISTEN_VARIABLE: text}, LISTEN_VARIABLE, "127.0.0.1:4569")
