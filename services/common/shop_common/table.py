"""The seam between a service and its storage: a table of items whose hash key is `id`.

`shop_common.dynamodb.DynamoTable` is the real one.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

type Value = str | int | Sequence[Value] | Mapping[str, Value]
type Item = Mapping[str, Value]
type Key = Mapping[str, str]


class TableUnavailableError(Exception):
    """The table cannot be read or written now: unreachable, missing, throttled or refused. The message says which."""


@dataclass(frozen=True)
class Page:
    """Some items of a listing; `next_key` is where the following page starts, None after the last one."""

    items: Sequence[Item]
    next_key: Key | None


class Table(Protocol):
    """What the services need of a table. All methods raise TableUnavailableError; reads by id see earlier writes."""

    def get(self, item_id: str) -> Item | None:
        """The item with this id."""

    def get_many(self, item_ids: Sequence[str]) -> Mapping[str, Item]:
        """Those of at most 100 distinct ids that exist, by id."""

    def put(self, item: Item) -> None:
        """Write the item, over an earlier one with the same id."""

    def create(self, item: Item) -> Item | None:
        """Write the item unless its id is taken; answers the item that holds the id, None when this one was written."""

    def scan(self, limit: int, start: Key | None) -> Page:
        """At most `limit` items in no particular order."""

    def query(self, index: str, attribute: str, value: str, limit: int, start: Key | None) -> Page:
        """At most `limit` items of an index where its hash key `attribute` is `value`, last sort key first.

        An index may lag behind the table by a moment.
        """

    def check(self) -> None:
        """Return if the table can be read."""
