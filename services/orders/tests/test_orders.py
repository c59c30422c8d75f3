"""orders-service over HTTP, its upstreams and table in memory, and once on DynamoDB's API."""

from collections.abc import Mapping, Sequence

import pytest
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from orders.app import build_app
from orders.placing import OrderDesk
from orders.upstream_http import UpstreamError
from shop_common.dynamodb import DynamoTable
from shop_testing.fake_table import FakeTable

WANTED = {"user_id": "ann", "items": [{"product_id": "cup", "quantity": 2}, {"product_id": "pot", "quantity": 1}]}


class FakeUsers:
    def __init__(self) -> None:
        self.known = {"ann", "bob"}

    def exists(self, user_id: str) -> bool:
        return user_id in self.known


class FakeProducts:
    """`failing` makes it fail as an unreachable products-service does."""

    def __init__(self) -> None:
        self.cents = {"cup": 1250, "pot": 3400}
        self.failing = False

    def prices(self, product_ids: Sequence[str]) -> Mapping[str, int]:
        if self.failing:
            raise UpstreamError("products-service", "the connection failed")
        return {product_id: self.cents[product_id] for product_id in product_ids if product_id in self.cents}


@pytest.fixture
def products() -> FakeProducts:
    return FakeProducts()


@pytest.fixture
def client(table: FakeTable, products: FakeProducts) -> FlaskClient:
    return build_app(OrderDesk(table, FakeUsers(), products)).test_client()


def place(client: FlaskClient, body: object, key: str | None = None) -> TestResponse:
    return client.post("/orders", json=body, headers={} if key is None else {"Idempotency-Key": key})


def test_an_order_is_priced_stored_and_shown(client: FlaskClient) -> None:
    placed = place(client, WANTED)
    order = placed.get_json()
    assert placed.status_code == 200
    assert list(order) == ["id", "user_id", "items", "total", "created_at"]
    assert order["total"] == "59.00"
    assert order["items"][0] == {"product_id": "cup", "quantity": 2, "price": "12.50"}
    assert client.get(f"/orders/{order['id']}").get_json() == order


def test_an_order_keeps_the_price_it_was_placed_at(client: FlaskClient, products: FakeProducts) -> None:
    order = place(client, WANTED).get_json()
    products.cents["cup"] = 1
    assert client.get(f"/orders/{order['id']}").get_json() == order


def test_an_unknown_user_is_404_and_named(client: FlaskClient, table: FakeTable) -> None:
    answer = place(client, {**WANTED, "user_id": "eve"})
    assert (answer.status_code, answer.get_json()["error"]["code"]) == (404, "user_not_found")
    assert answer.get_json()["error"]["details"] == {"id": "eve"}
    assert not table.items


def test_unknown_products_are_404_and_named(client: FlaskClient, products: FakeProducts) -> None:
    del products.cents["pot"]
    answer = place(client, WANTED)
    assert (answer.status_code, answer.get_json()["error"]["code"]) == (404, "product_not_found")
    assert answer.get_json()["error"]["details"] == {"ids": ["pot"]}


def test_a_failed_upstream_is_502_and_named(client: FlaskClient, products: FakeProducts) -> None:
    products.failing = True
    answer = place(client, WANTED)
    assert (answer.status_code, answer.get_json()["error"]["code"]) == (502, "upstream_failed")
    assert answer.get_json()["error"]["details"]["upstream"] == "products-service"


@pytest.mark.parametrize(
    ("body", "fields"),
    [
        ({}, {"user_id", "items"}),
        ({"user_id": "ann", "items": []}, {"items"}),
        ({"user_id": "ann", "items": ["cup"]}, {"items"}),
        ({"user_id": "ann", "items": [{"product_id": "cup", "quantity": 0}]}, {"items[0].quantity"}),
        (
            {"user_id": "../x", "items": [{"quantity": 1.0, "colour": "red"}]},
            {"user_id", "items[0].product_id", "items[0].quantity", "items[0].colour"},
        ),
        ({"user_id": "ann", "items": [{"product_id": "cup", "quantity": 1}] * 2}, {"items[1].product_id"}),
        ({"user_id": "ann", "items": [{"product_id": f"p{n}", "quantity": 1} for n in range(51)]}, {"items"}),
    ],
)
def test_a_bad_order_is_400_naming_each_field(client: FlaskClient, body: object, fields: set[str]) -> None:
    answer = place(client, body)
    assert answer.status_code == 400
    assert {detail["field"] for detail in answer.get_json()["error"]["details"]} == fields


def test_without_a_key_the_same_body_is_another_order(client: FlaskClient) -> None:
    assert place(client, WANTED).get_json()["id"] != place(client, WANTED).get_json()["id"]


def test_the_same_key_and_body_is_the_same_order(client: FlaskClient, products: FakeProducts, table: FakeTable) -> None:
    first = place(client, WANTED, "k-1")
    products.failing = True
    again = place(client, WANTED, "k-1")
    assert (first.status_code, again.status_code) == (200, 200)
    assert first.get_json() == again.get_json()
    assert len(table.items) == 1


def test_the_same_key_with_another_body_is_409(client: FlaskClient) -> None:
    place(client, WANTED, "k-1")
    answer = place(client, {**WANTED, "user_id": "bob"}, "k-1")
    assert (answer.status_code, answer.get_json()["error"]["code"]) == (409, "idempotency_key_reused")


@pytest.mark.parametrize("key", ["", "two words", "x" * 129])
def test_a_bad_key_is_400(client: FlaskClient, key: str) -> None:
    assert place(client, WANTED, key).status_code == 400


def test_an_unknown_order_is_404(client: FlaskClient) -> None:
    answer = client.get("/orders/nothing")
    assert (answer.status_code, answer.get_json()["error"]["code"]) == (404, "order_not_found")


def test_a_users_orders_page_by_page(client: FlaskClient) -> None:
    placed = {place(client, WANTED).get_json()["id"] for _ in range(3)}
    place(client, {**WANTED, "user_id": "bob"})
    first = client.get("/orders?user_id=ann&limit=2").get_json()
    second = client.get(f"/orders?user_id=ann&limit=2&next={first['next']}").get_json()
    assert {order["id"] for order in first["orders"] + second["orders"]} == placed
    assert second["next"] is None
    assert client.get(f"/orders?user_id=bob&next={first['next']}").status_code == 400


@pytest.mark.parametrize("query", ["", "?user_id=", "?user_id=a%20b", "?user_id=ann&limit=0", "?user_id=ann&next=x"])
def test_a_bad_listing_is_400(client: FlaskClient, query: str) -> None:
    assert client.get(f"/orders{query}").status_code == 400


def test_two_replicas_agree_through_dynamodb(dynamo_table: DynamoTable) -> None:
    here, there = (build_app(OrderDesk(dynamo_table, FakeUsers(), FakeProducts())).test_client() for _ in range(2))
    order = place(here, WANTED, "k-1").get_json()
    assert place(there, WANTED, "k-1").get_json() == order
    assert place(there, {**WANTED, "user_id": "bob"}, "k-1").status_code == 409
    assert there.get(f"/orders/{order['id']}").get_json() == order
    assert there.get("/orders?user_id=ann").get_json()["orders"] == [order]
