"""Transactions roll back completely although their tables are not deep-copied."""

import json
from typing import Any

import pytest

from meshrig_localstack.dynamodb.backend import DynamoDbCall, call_dynamodb

CONDITION_FAILS = {"ConditionExpression": "attribute_exists(nothing)"}


def call(account: str, operation: str, **request: Any) -> tuple[int, Any]:
    answer = call_dynamodb(DynamoDbCall(operation, account, "us-east-1", json.dumps(request)))
    return answer.status, json.loads(answer.body)


@pytest.fixture(params=[False, True], ids=["hash key", "hash and range key"])
def account(request: pytest.FixtureRequest) -> str:
    """An account of its own per case, with table ``t`` that holds item 1."""
    own = "333333333333" if request.param else "444444444444"
    call(own, "DeleteTable", TableName="t")
    schema = [("id", "HASH"), *([("at", "RANGE")] if request.param else [])]
    call(
        own,
        "CreateTable",
        TableName="t",
        KeySchema=[{"AttributeName": name, "KeyType": kind} for name, kind in schema],
        AttributeDefinitions=[{"AttributeName": name, "AttributeType": "S"} for name, _ in schema],
        BillingMode="PAY_PER_REQUEST",
        StreamSpecification={"StreamEnabled": True, "StreamViewType": "NEW_IMAGE"},
    )
    call(own, "PutItem", TableName="t", Item={**key(own, "1"), "stock": {"N": "5"}})
    return own


def key(account: str, name: str) -> dict[str, Any]:
    return {"id": {"S": name}, **({"at": {"S": "now"}} if account == "333333333333" else {})}


def update(account: str, name: str) -> dict[str, Any]:
    values = {":n": {"N": "1"}}
    expression = {"UpdateExpression": "SET stock = stock - :n", "ExpressionAttributeValues": values}
    return {"Update": {"TableName": "t", "Key": key(account, name), **expression}}


def put(account: str, name: str, **condition: str) -> dict[str, Any]:
    return {"Put": {"TableName": "t", "Item": key(account, name), **condition}}


def contents(account: str) -> list[Any]:
    items: list[Any] = call(account, "Scan", TableName="t")[1]["Items"]
    return sorted(items, key=lambda item: item["id"]["S"])


def test_a_transaction_happens(account: str) -> None:
    assert call(account, "TransactWriteItems", TransactItems=[update(account, "1"), put(account, "2")])[0] == 200
    assert contents(account) == [{**key(account, "1"), "stock": {"N": "4"}}, key(account, "2")]


def test_a_failing_transaction_leaves_nothing(account: str) -> None:
    failing = [update(account, "1"), put(account, "2"), put(account, "3", **CONDITION_FAILS)]
    status, error = call(account, "TransactWriteItems", TransactItems=failing)
    assert (status, error["__type"].rpartition("#")[2]) == (400, "TransactionCanceledException")
    assert contents(account) == [{**key(account, "1"), "stock": {"N": "5"}}]


def test_a_table_works_on_after_a_rollback(account: str) -> None:
    call(account, "TransactWriteItems", TransactItems=[update(account, "1"), put(account, "3", **CONDITION_FAILS)])
    for _ in range(2):
        assert call(account, "TransactWriteItems", TransactItems=[update(account, "1")])[0] == 200
    assert contents(account) == [{**key(account, "1"), "stock": {"N": "3"}}]
    backup = call(account, "CreateBackup", TableName="t", BackupName="b")[1]["BackupDetails"]["BackupArn"]
    call(account, "TransactWriteItems", TransactItems=[put(account, "2")])
    restored = call(account, "RestoreTableFromBackup", TargetTableName="restored", BackupArn=backup)
    assert restored[1]["TableDescription"]["TableName"] == "restored"
    assert call(account, "DescribeTable", TableName="restored")[1]["Table"]["ItemCount"] == 1
    call(account, "DeleteTable", TableName="restored")
