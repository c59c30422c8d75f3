"""The gateway and the plugin's listener are the same DynamoDB."""

import json
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from botocore.client import BaseClient
from botocore.exceptions import ClientError
from running_localstack import RunningLocalStack

TABLE = {
    "KeySchema": [{"AttributeName": "id", "KeyType": "HASH"}, {"AttributeName": "at", "KeyType": "RANGE"}],
    "AttributeDefinitions": [
        {"AttributeName": "id", "AttributeType": "S"},
        {"AttributeName": "at", "AttributeType": "N"},
        {"AttributeName": "user", "AttributeType": "S"},
    ],
    "GlobalSecondaryIndexes": [
        {
            "IndexName": "by-user",
            "KeySchema": [{"AttributeName": "user", "KeyType": "HASH"}],
            "Projection": {"ProjectionType": "ALL"},
        }
    ],
    "BillingMode": "PAY_PER_REQUEST",
}

STACK = {
    "Resources": {
        "Table": {
            "Type": "AWS::DynamoDB::Table",
            "Properties": {"TableName": "of-stack", **TABLE, "Tags": [{"Key": "a", "Value": "b"}]},
        }
    },
    "Outputs": {"Arn": {"Value": {"Fn::GetAtt": ["Table", "Arn"]}}, "Name": {"Value": {"Ref": "Table"}}},
}


def key(item: str, at: int = 1) -> dict[str, Any]:
    return {"id": {"S": item}, "at": {"N": str(at)}}


def item(name: str, at: int = 1, **more: Any) -> dict[str, Any]:
    return {**key(name, at), "user": {"S": "u"}, **more}


RICH = {
    "b": {"B": b"\x00\xff"},
    "l": {"L": [{"S": "\u00e9\u4e2d"}, {"NULL": True}]},
    "m": {"M": {"n": {"N": "1.50"}}},
    "ss": {"SS": ["a", "b"]},
    "t": {"BOOL": False},
}

OPERATIONS: list[tuple[str, dict[str, Any]]] = [
    ("put_item", {"Item": item("a", 1, **RICH)}),
    ("put_item", {"Item": item("a", 2), "ReturnValues": "ALL_OLD"}),
    ("put_item", {"Item": item("a", 2), "ConditionExpression": "attribute_not_exists(id)"}),
    ("put_item", {"Item": {"id": {"S": "no range key"}}}),
    ("put_item", {"Item": item("")}),
    ("get_item", {"Key": key("a")}),
    ("get_item", {"Key": key("none")}),
    ("get_item", {"Key": {"id": {"S": "a"}}}),
    ("get_item", {"Key": key("a"), "ProjectionExpression": "m.n, #t", "ExpressionAttributeNames": {"#t": "t"}}),
    (
        "update_item",
        {
            "Key": key("a"),
            "UpdateExpression": "SET c = if_not_exists(c, :zero) + :one REMOVE t",
            "ExpressionAttributeValues": {":one": {"N": "1"}, ":zero": {"N": "0"}},
            "ReturnValues": "ALL_NEW",
        },
    ),
    ("update_item", {"Key": key("a"), "UpdateExpression": "SET broken"}),
    (
        "query",
        {
            "KeyConditionExpression": "id = :i",
            "ExpressionAttributeValues": {":i": {"S": "a"}},
            "ScanIndexForward": False,
        },
    ),
    (
        "query",
        {
            "IndexName": "by-user",
            "KeyConditionExpression": "#u = :u",
            "ExpressionAttributeNames": {"#u": "user"},
            "ExpressionAttributeValues": {":u": {"S": "u"}},
            "Limit": 1,
        },
    ),
    ("scan", {"ReturnConsumedCapacity": "TOTAL"}),
    ("delete_item", {"Key": key("a", 2), "ReturnValues": "ALL_OLD"}),
]


@pytest.fixture(params=["gateway", "listener"])
def path(request: pytest.FixtureRequest, localstack: RunningLocalStack) -> BaseClient:
    endpoints = {"gateway": localstack.endpoint, "listener": localstack.dynamodb_endpoint}
    return localstack.client("dynamodb", endpoints[request.param])


@pytest.fixture
def gateway(localstack: RunningLocalStack) -> BaseClient:
    return localstack.client("dynamodb")


@pytest.fixture
def listener(localstack: RunningLocalStack) -> BaseClient:
    return localstack.client("dynamodb", localstack.dynamodb_endpoint)


def outcome(call: Callable[..., dict[str, Any]], **request: Any) -> dict[str, Any]:
    """The answer or the error of a call, without what differs between any two calls."""
    try:
        answer = call(**request)
    except ClientError as error:
        status = error.response["ResponseMetadata"]["HTTPStatusCode"]
        return {"status": status, "error": error.response["Error"]}
    return {name: value for name, value in answer.items() if name != "ResponseMetadata"}


def test_both_paths_answer_alike(gateway: BaseClient, listener: BaseClient) -> None:
    outcomes: dict[str, list[dict[str, Any]]] = {}
    for name, client in (("gateway", gateway), ("listener", listener)):
        table = f"alike-{name}"
        client.create_table(TableName=table, **TABLE)
        calls = [outcome(getattr(client, call), TableName=table, **request) for call, request in OPERATIONS]
        transact = [{"Put": {"TableName": table, "Item": item("t")}}, {"Delete": {"TableName": table, "Key": key("a")}}]
        calls.append(outcome(client.transact_write_items, TransactItems=transact))
        calls.append(outcome(client.batch_write_item, RequestItems={table: [{"PutRequest": {"Item": item("b")}}]}))
        calls.append(outcome(client.batch_get_item, RequestItems={table: {"Keys": [key("b")]}}))
        calls.append(outcome(client.transact_get_items, TransactItems=[{"Get": {"TableName": table, "Key": key("t")}}]))
        calls.append(outcome(client.get_item, TableName="no-such-table", Key=key("a")))
        outcomes[name] = json.loads(json.dumps(calls, default=repr).replace(table, "TABLE"))
    assert outcomes["listener"] == outcomes["gateway"]
    errors = [each["error"]["Code"] for each in outcomes["gateway"] if "error" in each]
    assert errors[:2] == ["ConditionalCheckFailedException", "ValidationException"]
    assert errors[-1] == "ResourceNotFoundException"


def test_they_share_tables_per_account_and_region(localstack: RunningLocalStack, gateway: BaseClient) -> None:
    gateway.create_table(TableName="shared", **TABLE)
    other = localstack.client("dynamodb", localstack.dynamodb_endpoint, account="222222222222")
    listener = localstack.client("dynamodb", localstack.dynamodb_endpoint)
    listener.put_item(TableName="shared", Item=item("x"))
    assert gateway.get_item(TableName="shared", Key=key("x"))["Item"] == item("x")
    description = listener.describe_table(TableName="shared")["Table"]
    assert description == gateway.describe_table(TableName="shared")["Table"]
    assert "shared" in listener.list_tables()["TableNames"]
    assert other.list_tables()["TableNames"] == []


def test_one_of_many_conditional_writers_wins(gateway: BaseClient, listener: BaseClient) -> None:
    gateway.create_table(TableName="race", **TABLE)

    def claim(number: int) -> bool:
        client = (gateway, listener)[number % 2]
        condition = {"ConditionExpression": "attribute_not_exists(id)"}
        return "error" not in outcome(client.put_item, TableName="race", Item=item(f"r{number // 8}"), **condition)

    def count(number: int) -> None:
        values = {":one": {"N": "1"}}
        update = {"UpdateExpression": "ADD hits :one", "ExpressionAttributeValues": values}
        (gateway, listener)[number % 2].update_item(TableName="race", Key=key("counter"), **update)

    with ThreadPoolExecutor(8) as pool:
        assert sum(pool.map(claim, range(160))) == 20
        list(pool.map(count, range(100)))
    assert gateway.get_item(TableName="race", Key=key("counter"))["Item"]["hits"] == {"N": "100"}


def test_a_table_of_a_stack(localstack: RunningLocalStack, path: BaseClient) -> None:
    cloudformation = localstack.client("cloudformation")
    stack = f"tables-{path.meta.endpoint_url.rpartition(':')[2]}"
    cloudformation.create_stack(StackName=stack, TemplateBody=json.dumps(STACK))
    cloudformation.get_waiter("stack_create_complete").wait(StackName=stack, WaiterConfig={"Delay": 1})
    table = path.describe_table(TableName="of-stack")["Table"]
    outputs = cloudformation.describe_stacks(StackName=stack)["Stacks"][0]["Outputs"]
    assert {each["OutputKey"]: each["OutputValue"] for each in outputs} == {
        "Arn": table["TableArn"],
        "Name": "of-stack",
    }
    assert table["TableStatus"] == "ACTIVE"
    assert [index["IndexName"] for index in table["GlobalSecondaryIndexes"]] == ["by-user"]
    assert path.list_tags_of_resource(ResourceArn=table["TableArn"])["Tags"] == [{"Key": "a", "Value": "b"}]
    cloudformation.delete_stack(StackName=stack)
    cloudformation.get_waiter("stack_delete_complete").wait(StackName=stack, WaiterConfig={"Delay": 1})
    assert "of-stack" not in path.list_tables()["TableNames"]


def test_streams_come_from_moto_too(localstack: RunningLocalStack, gateway: BaseClient) -> None:
    stream = {"StreamEnabled": True, "StreamViewType": "NEW_IMAGE"}
    gateway.create_table(TableName="streamed", **TABLE, StreamSpecification=stream)
    streams = localstack.client("dynamodbstreams")
    assert [each["TableName"] for each in streams.list_streams(TableName="streamed")["Streams"]] == ["streamed"]


def test_nothing_was_downloaded(localstack: RunningLocalStack) -> None:
    assert "DynamoDBLocal" not in localstack.log
    assert not list(localstack.directory.rglob("DynamoDBLocal*"))
