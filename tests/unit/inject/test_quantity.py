from decimal import Decimal

import pytest

from meshrig.inject.quantity import parse_quantity, parse_whole


@pytest.mark.parametrize(
    ("text", "amount"),
    [("1", "1"), ("100m", "0.1"), ("1.5Gi", "1610612736"), (".5k", "500"), ("2e3", "2000"), ("0", "0")],
)
def test_amounts(text: str, amount: str) -> None:
    assert parse_quantity(text) == Decimal(amount)


@pytest.mark.parametrize("text", ["", "-1", "1 Mi", "1mi", "Mi", "1.2.3", "1MiB", "٣"])
def test_no_amounts(text: str) -> None:
    assert parse_quantity(text) is None


def test_whole_numbers() -> None:
    assert [parse_whole(text) for text in ("12", "-1", "1.0", "", "9" * 5000, "²")] == [12, *[None] * 5]
