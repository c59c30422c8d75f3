"""moto's DynamoDB as a server on loopback, with a table like those of the stack."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from moto.server import ThreadedMotoServer

from shop_common.dynamodb import create_client
from shop_common.settings import TableSettings

SETTINGS = TableSettings("shop-under-test", "us-east-1")
USER_INDEX = "user_id-index"


@contextmanager
def serve_dynamodb(monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    """A server with the table in it, the environment pointing there; the value is a client for the test's own use."""
    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    monkeypatch.setenv("AWS_ENDPOINT_URL", f"http://{host}:{port}")
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "test")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "test")
    client = create_client(SETTINGS)
    try:
        create_table(client)
        yield client
    finally:
        delete_table(client)
        server.stop()


def create_table(client: Any) -> None:
    """Hash key id, and the index the orders have; the other two services do not mind it."""
    client.create_table(
        TableName=SETTINGS.name,
        BillingMode="PAY_PER_REQUEST",
        KeySchema=[{"AttributeName": "id", "KeyType": "HASH"}],
        AttributeDefinitions=[
            {"AttributeName": name, "AttributeType": "S"} for name in ("id", "user_id", "created_at")
        ],
        GlobalSecondaryIndexes=[
            {
                "IndexName": USER_INDEX,
                "KeySchema": [
                    {"AttributeName": "user_id", "KeyType": "HASH"},
                    {"AttributeName": "created_at", "KeyType": "RANGE"},
                ],
                "Projection": {"ProjectionType": "ALL"},
            }
        ],
    )


def delete_table(client: Any) -> None:
    """Delete the table if there is one: moto keeps its state in the process, beyond one server's life."""
    if SETTINGS.name in client.list_tables()["TableNames"]:
        client.delete_table(TableName=SETTINGS.name)
