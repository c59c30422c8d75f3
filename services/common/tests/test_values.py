"""Money, page tokens, attribute values and settings."""

import pytest

from shop_common.attributes import from_attributes, to_attributes
from shop_common.money import format_money, parse_money
from shop_common.paging import decode_token, encode_token
from shop_common.settings import ConfigurationError, Environment
from shop_common.table import Item


@pytest.mark.parametrize(
    ("text", "cents"), [("12.50", 1250), ("12.5", 1250), ("12", 1200), ("0.01", 1), ("9999999.99", 999_999_999)]
)
def test_money_is_whole_cents(text: str, cents: int) -> None:
    assert parse_money(text) == cents


@pytest.mark.parametrize("text", ["", "-1", "+1", "1.234", ".5", "1e3", "10000000", "1,5", "\u0661", " 1", "NaN"])
def test_what_is_not_money(text: str) -> None:
    assert parse_money(text) is None


@pytest.mark.parametrize("cents", [0, 1, 99, 100, 1250, 999_999_999])
def test_money_survives_the_way_out_and_back(cents: int) -> None:
    assert parse_money(format_money(cents)) == cents


def test_a_page_token_survives_the_way_out_and_back() -> None:
    token = encode_token({"id": "a", "user_id": "u-1"})
    assert token is not None
    assert decode_token(token, frozenset({"id", "user_id"})) == {"id": "a", "user_id": "u-1"}
    assert decode_token(token, frozenset({"id"})) is None


@pytest.mark.parametrize("token", ["", "%%%", "\u00e9", "bm90IGpzb24", "W10", "eyJpZCI6MX0", "eyJpZCI6IiJ9"])
def test_what_is_no_page_token(token: str) -> None:
    assert decode_token(token, frozenset({"id"})) is None


def test_items_survive_the_way_to_dynamodb_and_back() -> None:
    item: Item = {"id": "a", "price": 1250, "lines": [{"product_id": "p", "quantity": 2}, "x"], "empty": []}
    assert from_attributes(to_attributes(item)) == item


def test_an_attribute_type_nobody_writes_is_refused() -> None:
    with pytest.raises(ValueError, match="BOOL"):
        from_attributes({"id": {"BOOL": True}})


def test_all_wrong_settings_are_reported_at_once() -> None:
    environment = Environment({"SEED": "maybe", "WAIT": "0", "URL": "users:80", "THREADS": "many"})
    environment.flag("SEED")
    environment.positive("WAIT", 1)
    environment.http_url("URL", "http://x")
    environment.table("T", "t")
    with pytest.raises(ConfigurationError) as raised:
        environment.finish()
    for name in ("SEED", "WAIT", "URL", "AWS_REGION", "THREADS"):
        assert name in str(raised.value)


def test_either_region_variable_will_do() -> None:
    assert Environment({"AWS_DEFAULT_REGION": "eu-west-1"}).table("T", "t").region == "eu-west-1"
    assert Environment({"AWS_REGION": "a", "AWS_DEFAULT_REGION": "b", "T": "mine"}).table("T", "t").name == "mine"
