"""Fixtures of all services' tests."""

from collections.abc import Iterator
from typing import Any

import pytest

from shop_common.dynamodb import DynamoTable
from shop_testing.fake_table import FakeTable
from shop_testing.fake_upstream import FakeUpstream, serve_fake_upstream
from shop_testing.moto_dynamodb import SETTINGS, serve_dynamodb


@pytest.fixture
def table() -> FakeTable:
    return FakeTable()


@pytest.fixture
def upstream() -> Iterator[FakeUpstream]:
    with serve_fake_upstream() as served:
        yield served


@pytest.fixture
def dynamodb(monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    """A client of a real DynamoDB API (moto) that holds the test's table."""
    with serve_dynamodb(monkeypatch) as client:
        yield client


@pytest.fixture
def dynamo_table(dynamodb: Any) -> DynamoTable:  # noqa: ARG001 - it must be there
    return DynamoTable(SETTINGS)
