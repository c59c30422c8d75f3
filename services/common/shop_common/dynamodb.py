"""`Table` on DynamoDB, through one low-level botocore client per process.

botocore without boto3: nothing of boto3's resource layer is needed, and it costs memory and time at import.
The client honours AWS_ENDPOINT_URL and finds credentials by itself (environment, EKS Pod Identity, IRSA).
"""

import threading
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

import botocore.session
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError

from shop_common.attributes import from_attributes, to_attributes
from shop_common.settings import TableSettings
from shop_common.table import Item, Key, Page, TableUnavailableError

# An id no service gives out: reading it proves the table, the network and the permission, and costs next to nothing.
PROBE_ID = "readiness-probe"
BATCH_ROUNDS = 4


class DynamoTable:
    """A `shop_common.table.Table` that makes its client at first use, so that no two processes share one."""

    def __init__(self, settings: TableSettings) -> None:
        self._settings = settings
        self._name = settings.name
        self._lock = threading.Lock()
        self._made: Any = None

    @property
    def _client(self) -> Any:
        if self._made is None:
            with self._lock:
                if self._made is None:
                    self._made = create_client(self._settings)
        return self._made

    def get(self, item_id: str) -> Item | None:
        with self._translated_errors():
            answer = self._client.get_item(TableName=self._name, Key={"id": {"S": item_id}}, ConsistentRead=True)
        return from_attributes(answer["Item"]) if "Item" in answer else None

    def get_many(self, item_ids: Sequence[str]) -> Mapping[str, Item]:
        if len(item_ids) == 1:
            item = self.get(item_ids[0])
            return {} if item is None else {item_ids[0]: item}
        found: dict[str, Item] = {}
        wanted = {self._name: {"Keys": [{"id": {"S": item_id}} for item_id in item_ids], "ConsistentRead": True}}
        for _ in range(BATCH_ROUNDS):
            if not wanted:
                return found
            with self._translated_errors():
                answer = self._client.batch_get_item(RequestItems=wanted)
            for attributes in answer["Responses"].get(self._name, ()):
                found[attributes["id"]["S"]] = from_attributes(attributes)
            wanted = answer.get("UnprocessedKeys", {})
        if wanted:
            raise TableUnavailableError(f"table {self._name}: keys still unprocessed after {BATCH_ROUNDS} batch reads")
        return found

    def put(self, item: Item) -> None:
        with self._translated_errors():
            self._client.put_item(TableName=self._name, Item=to_attributes(item))

    def create(self, item: Item) -> Item | None:
        try:
            with self._translated_errors():
                self._client.put_item(
                    TableName=self._name,
                    Item=to_attributes(item),
                    ConditionExpression="attribute_not_exists(id)",
                    ReturnValuesOnConditionCheckFailure="ALL_OLD",
                )
        except ClientError as taken:
            attributes = taken.response.get("Item")
            holder = from_attributes(attributes) if attributes else self.get(str(item["id"]))
            # A write whose answer got lost is retried by botocore and then meets itself.
            return None if holder == item else holder
        return None

    def scan(self, limit: int, start: Key | None) -> Page:
        with self._translated_errors():
            answer = self._client.scan(TableName=self._name, Limit=limit, **_start(start))
        return _page(answer)

    def query(self, index: str, attribute: str, value: str, limit: int, start: Key | None) -> Page:
        with self._translated_errors():
            answer = self._client.query(
                TableName=self._name,
                IndexName=index,
                KeyConditionExpression="#hash = :value",
                ExpressionAttributeNames={"#hash": attribute},
                ExpressionAttributeValues={":value": {"S": value}},
                ScanIndexForward=False,
                Limit=limit,
                **_start(start),
            )
        return _page(answer)

    def check(self) -> None:
        self.get(PROBE_ID)

    @contextmanager
    def _translated_errors(self) -> Iterator[None]:
        """Everything that is not the caller's doing becomes TableUnavailableError.

        A failed condition is the caller's question answered; a ValidationException is a bug here and must show as one.
        """
        try:
            yield
        except ClientError as error:
            code = error.response.get("Error", {}).get("Code")
            if code in ("ConditionalCheckFailedException", "ValidationException"):
                raise
            raise TableUnavailableError(f"table {self._name}: {error}") from error
        except BotoCoreError as error:
            raise TableUnavailableError(f"table {self._name}: {error}") from error


def create_client(settings: TableSettings) -> Any:
    """A DynamoDB client tuned for small, frequent calls from `settings.connections` threads.

    Parameters are built by this module, so botocore's validation of them is switched off; and a fixed user agent spares
    it composing its own twice a call. Together about a quarter of a call's CPU.
    """
    config = Config(
        region_name=settings.region,
        connect_timeout=settings.connect_timeout_seconds,
        read_timeout=settings.read_timeout_seconds,
        retries={"total_max_attempts": 3, "mode": "standard"},
        max_pool_connections=settings.connections,
        parameter_validation=False,
        tcp_keepalive=True,
        user_agent="shop",
    )
    return botocore.session.get_session().create_client("dynamodb", config=config)


def _start(key: Key | None) -> dict[str, object]:
    return {} if key is None else {"ExclusiveStartKey": to_attributes(key)}


def _page(answer: Mapping[str, Any]) -> Page:
    last = answer.get("LastEvaluatedKey")
    next_key = {name: str(value) for name, value in from_attributes(last).items()} if last else None
    return Page([from_attributes(attributes) for attributes in answer["Items"]], next_key)
