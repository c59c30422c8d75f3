"""products-service over HTTP, on a table in memory and once on DynamoDB's API."""

from typing import Any

import pytest
from flask.testing import FlaskClient

from products.app import build_app
from products.catalogue import STARTER_PRODUCTS
from shop_common.dynamodb import DynamoTable
from shop_testing.fake_table import FakeTable
from shop_testing.moto_dynamodb import create_table, delete_table

CUP = {"id": "cup", "name": "Cup", "price": "12.50"}
BAG = {"id": "bag", "name": "Bag", "price": "3"}


@pytest.fixture
def client(table: FakeTable) -> FlaskClient:
    return build_app(table, seeded=False).test_client()


@pytest.fixture
def seeded(table: FakeTable) -> FlaskClient:
    return build_app(table, seeded=True).test_client()


def ids(client: FlaskClient, query: str) -> list[str]:
    return [product["id"] for product in client.get(f"/products{query}").get_json()["products"]]


def test_a_product_added_is_shown(client: FlaskClient) -> None:
    added = client.post("/products", json=CUP)
    assert added.status_code == 201
    assert added.get_json().items() >= CUP.items()
    assert client.get("/products/cup").get_json() == added.get_json()


def test_a_product_without_an_id_gets_one_and_its_price_two_places(client: FlaskClient) -> None:
    added = client.post("/products", json={"name": "Bag", "price": "3"}).get_json()
    assert added["price"] == "3.00"
    assert client.get(f"/products/{added['id']}").get_json() == added


def test_a_taken_id_is_409_and_changes_nothing(client: FlaskClient) -> None:
    client.post("/products", json=CUP)
    answer = client.post("/products", json={**CUP, "price": "1.00"})
    assert (answer.status_code, answer.get_json()["error"]["code"]) == (409, "product_exists")
    assert client.get("/products/cup").get_json()["price"] == "12.50"


@pytest.mark.parametrize(
    ("body", "fields"),
    [
        ({}, {"name", "price"}),
        ({"id": "a b", "name": " ", "price": 12.5}, {"id", "name", "price"}),
        ({"name": "x" * 201, "price": "-1"}, {"name", "price"}),
        ({"id": None, "name": "half a pair \ud800", "price": "1"}, {"id", "name"}),
    ],
)
def test_a_bad_product_is_400_naming_each_field(client: FlaskClient, body: dict[str, object], fields: set[str]) -> None:
    answer = client.post("/products", json=body)
    assert answer.status_code == 400
    assert {detail["field"] for detail in answer.get_json()["error"]["details"]} == fields


def test_an_unknown_product_is_404(client: FlaskClient) -> None:
    answer = client.get("/products/espresso-cup")
    assert (answer.status_code, answer.get_json()["error"]["code"]) == (404, "product_not_found")


def test_products_by_id_come_in_the_order_asked_for(client: FlaskClient) -> None:
    client.post("/products", json=CUP)
    client.post("/products", json=BAG)
    assert ids(client, "?ids=cup,nothing,bag,cup") == ["cup", "bag"]


def test_the_listing_is_paged(client: FlaskClient) -> None:
    client.post("/products", json=CUP)
    client.post("/products", json=BAG)
    first = client.get("/products?limit=1").get_json()
    second = client.get(f"/products?limit=1&next={first['next']}").get_json()
    assert [product["id"] for product in first["products"] + second["products"]] == ["bag", "cup"]
    assert second["next"] is None


@pytest.mark.parametrize(
    "query", ["?limit=0", "?limit=101", "?limit=ten", "?next=zzz", "?ids=", "?ids=a,,b", "?ids=a%20b", "?ids=a&limit=1"]
)
def test_a_bad_query_is_400(client: FlaskClient, query: str) -> None:
    answer = client.get(f"/products{query}")
    assert (answer.status_code, answer.get_json()["error"]["code"]) == (400, "validation_failed")


def test_more_ids_than_one_read_can_take_are_400(client: FlaskClient) -> None:
    assert client.get("/products?ids=" + ",".join(f"p{n}" for n in range(101))).status_code == 400


def test_an_empty_table_gets_the_starter_products_on_the_first_listing(seeded: FlaskClient) -> None:
    assert set(ids(seeded, "")) == set(STARTER_PRODUCTS)


def test_a_missing_starter_product_comes_back_when_asked_for(seeded: FlaskClient, table: FakeTable) -> None:
    assert ids(seeded, "?ids=espresso-cup,unknown,tea-pot") == ["espresso-cup", "tea-pot"]
    assert seeded.get("/products/milk-jug").status_code == 200
    assert set(table.items) == {"espresso-cup", "tea-pot", "milk-jug"}


def test_a_product_stored_under_a_starter_id_stays(seeded: FlaskClient) -> None:
    seeded.post("/products", json={**CUP, "id": "espresso-cup"})
    assert ids(seeded, "") == ["espresso-cup"]
    assert seeded.get("/products/espresso-cup").get_json()["name"] == "Cup"


def test_a_table_made_anew_heals_through_dynamodb(dynamodb: Any, dynamo_table: DynamoTable) -> None:
    client = build_app(dynamo_table, seeded=True).test_client()
    assert set(ids(client, "")) == set(STARTER_PRODUCTS)
    delete_table(dynamodb)
    assert client.get("/products").status_code == 503
    create_table(dynamodb)
    assert ids(client, "?ids=espresso-cup,tea-pot") == ["espresso-cup", "tea-pot"]
    assert client.post("/products", json={**CUP, "id": "tea-pot"}).status_code == 409
