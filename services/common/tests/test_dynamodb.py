"""DynamoTable against a real DynamoDB API."""

from typing import Any

import pytest

from shop_common.dynamodb import DynamoTable
from shop_common.table import TableUnavailableError
from shop_testing.moto_dynamodb import USER_INDEX, create_table, delete_table


def test_a_table_reads_what_it_wrote(dynamo_table: DynamoTable) -> None:
    dynamo_table.put({"id": "a", "price": 1, "lines": [{"n": 2}]})
    assert dynamo_table.get("a") == {"id": "a", "price": 1, "lines": [{"n": 2}]}
    assert dynamo_table.get("b") is None
    dynamo_table.check()


def test_create_leaves_the_holder_of_an_id_alone(dynamo_table: DynamoTable) -> None:
    first, second = {"id": "a", "name": "first"}, {"id": "a", "name": "second"}
    assert dynamo_table.create(first) is None
    assert dynamo_table.create(second) == first
    assert dynamo_table.get("a") == first


def test_create_repeated_after_a_lost_answer_succeeds(dynamo_table: DynamoTable) -> None:
    item = {"id": "a", "name": "same"}
    dynamo_table.put(item)
    assert dynamo_table.create(item) is None


def test_many_items_by_id(dynamo_table: DynamoTable) -> None:
    for item_id in ("a", "b", "c"):
        dynamo_table.put({"id": item_id})
    assert dynamo_table.get_many(["a", "x", "c"]) == {"a": {"id": "a"}, "c": {"id": "c"}}
    assert dynamo_table.get_many(["b"]) == {"b": {"id": "b"}}
    assert dynamo_table.get_many(["x"]) == {}


def test_scan_page_by_page(dynamo_table: DynamoTable) -> None:
    for item_id in ("a", "b", "c"):
        dynamo_table.put({"id": item_id})
    first = dynamo_table.scan(2, None)
    second = dynamo_table.scan(2, first.next_key)
    assert second.next_key is None
    assert sorted(str(item["id"]) for item in [*first.items, *second.items]) == ["a", "b", "c"]


def test_query_an_index_newest_first(dynamo_table: DynamoTable) -> None:
    for item_id, user_id, day in (("a", "u", "1"), ("b", "u", "2"), ("c", "v", "3")):
        dynamo_table.put({"id": item_id, "user_id": user_id, "created_at": day})
    first = dynamo_table.query(USER_INDEX, "user_id", "u", 1, None)
    second = dynamo_table.query(USER_INDEX, "user_id", "u", 1, first.next_key)
    assert [item["id"] for item in [*first.items, *second.items]] == ["b", "a"]


def test_a_missing_table_is_unavailable_until_it_is_back(dynamodb: Any, dynamo_table: DynamoTable) -> None:
    delete_table(dynamodb)
    with pytest.raises(TableUnavailableError, match="shop-under-test"):
        dynamo_table.check()
    create_table(dynamodb)
    dynamo_table.check()
