"""users-service over HTTP, on a table in memory and once on DynamoDB's API."""

from collections.abc import Mapping

import pytest
from werkzeug.test import TestResponse

from shop_common.dynamodb import DynamoTable
from shop_common.table import Item, Table
from shop_testing.fake_table import FakeTable
from users.app import build_app

ANN = {"username": "Ann.Lee", "password": "correct horse"}


def post(table: Table, body: Mapping[str, object]) -> TestResponse:
    return build_app(table).test_client().post("/users", json=body)


def test_the_first_call_signs_up_and_the_next_logs_in(table: FakeTable) -> None:
    signed_up, logged_in = post(table, ANN), post(table, ANN)
    assert (signed_up.status_code, logged_in.status_code) == (201, 200)
    assert signed_up.get_json() == logged_in.get_json()
    assert signed_up.get_json().keys() == {"id", "username", "created_at"}
    assert signed_up.get_json()["username"] == "Ann.Lee"


def test_a_username_is_taken_in_any_case(table: FakeTable) -> None:
    post(table, ANN)
    answer = post(table, {"username": "ANN.lee", "password": "another password"})
    assert (answer.status_code, answer.get_json()["error"]["code"]) == (401, "wrong_password")
    assert len(table.items) == 1


def test_the_password_is_stored_only_as_a_salted_hash(table: FakeTable) -> None:
    post(table, ANN)
    post(table, {**ANN, "username": "bob"})
    first, second = (str(item["password_hash"]) for item in table.items.values())
    assert ANN["password"] not in first
    assert first != second


def test_a_user_is_found_by_id(table: FakeTable) -> None:
    user = post(table, ANN).get_json()
    answer = build_app(table).test_client().get(f"/users/{user['id']}")
    assert (answer.status_code, answer.get_json()) == (200, user)


@pytest.mark.parametrize("identifier", ["nobody", "a%20b", "x" * 3000])
def test_an_unknown_user_is_404(table: FakeTable, identifier: str) -> None:
    answer = build_app(table).test_client().get(f"/users/{identifier}")
    assert (answer.status_code, answer.get_json()["error"]["code"]) == (404, "user_not_found")


@pytest.mark.parametrize(
    ("body", "fields"),
    [
        ({}, {"username", "password"}),
        ({"username": "ab", "password": "short"}, {"username", "password"}),
        ({"username": "a b c", "password": "long enough"}, {"username"}),
        ({"username": 7, "password": "half a pair \ud800"}, {"username", "password"}),
        ({**ANN, "key": "value"}, {"key"}),
    ],
)
def test_a_bad_body_is_400_naming_each_field(table: FakeTable, body: dict[str, object], fields: set[str]) -> None:
    answer = post(table, body)
    assert answer.status_code == 400
    assert {detail["field"] for detail in answer.get_json()["error"]["details"]} == fields


class LateTable(FakeTable):
    """Misses on the first read, as when another replica writes between this one's read and write."""

    def __init__(self) -> None:
        super().__init__()
        self.reads = 0

    def get(self, item_id: str) -> Item | None:
        self.reads += 1
        return None if self.reads == 2 else super().get(item_id)


@pytest.mark.parametrize(("password", "status"), [(ANN["password"], 200), ("another password", 401)])
def test_the_loser_of_a_race_to_sign_up_logs_in(password: str, status: int) -> None:
    table = LateTable()
    winner = post(table, ANN)
    loser = post(table, {**ANN, "password": password})
    assert (winner.status_code, loser.status_code) == (201, status)
    assert len(table.items) == 1


def test_an_unreachable_table_is_503(table: FakeTable) -> None:
    table.available = False
    assert post(table, ANN).status_code == 503


def test_two_replicas_agree_through_dynamodb(dynamo_table: DynamoTable) -> None:
    user = post(dynamo_table, ANN).get_json()
    assert post(dynamo_table, ANN).status_code == 200
    assert post(dynamo_table, {**ANN, "password": "another password"}).status_code == 401
    assert build_app(dynamo_table).test_client().get(f"/users/{user['id']}").get_json() == user
