"""A `shop_common.table.Table` in memory."""

from collections.abc import Mapping, Sequence

from shop_common.table import Item, Key, Page, TableUnavailableError


class FakeTable:
    """Keeps items in `items`, by id; while `available` is False every call fails as it would without DynamoDB."""

    def __init__(self) -> None:
        self.items: dict[str, Item] = {}
        self.available = True

    def get(self, item_id: str) -> Item | None:
        self.check()
        return self.items.get(item_id)

    def get_many(self, item_ids: Sequence[str]) -> Mapping[str, Item]:
        self.check()
        return {item_id: self.items[item_id] for item_id in item_ids if item_id in self.items}

    def put(self, item: Item) -> None:
        self.check()
        self.items[str(item["id"])] = item

    def create(self, item: Item) -> Item | None:
        self.check()
        holder = self.items.setdefault(str(item["id"]), item)
        return None if holder is item else holder

    def scan(self, limit: int, start: Key | None) -> Page:
        self.check()
        return _page(sorted(self.items.values(), key=lambda item: str(item["id"])), limit, start, ("id",))

    def query(self, index: str, attribute: str, value: str, limit: int, start: Key | None) -> Page:
        if index != f"{attribute}-index":
            raise KeyError(f"the fake table has no index {index}")
        self.check()
        found = [item for item in self.items.values() if item.get(attribute) == value]
        found.sort(key=lambda item: str(item["created_at"]), reverse=True)
        return _page(found, limit, start, ("id", attribute, "created_at"))

    def check(self) -> None:
        if not self.available:
            raise TableUnavailableError("the fake table is switched off")


def _page(items: Sequence[Item], limit: int, start: Key | None, key_attributes: tuple[str, ...]) -> Page:
    if start is not None:
        at = next(at for at, item in enumerate(items) if item["id"] == start["id"])
        items = items[at + 1 :]
    if len(items) <= limit:
        return Page(items, None)
    last = items[limit - 1]
    return Page(items[:limit], {name: str(last[name]) for name in key_attributes})
