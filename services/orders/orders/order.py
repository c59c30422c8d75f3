"""An order, its lines, and what a customer asks for. Money in cents inside, as decimal strings in JSON."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from shop_common.money import format_money
from shop_common.table import Item, Value


@dataclass(frozen=True)
class WantedItem:
    product_id: str
    quantity: int


@dataclass(frozen=True)
class WantedOrder:
    """A valid POST /orders body: at least one item, no product twice."""

    user_id: str
    items: Sequence[WantedItem]


@dataclass(frozen=True)
class OrderLine:
    """`price_cents` is the price of one piece when the order was placed."""

    product_id: str
    quantity: int
    price_cents: int

    @classmethod
    def from_value(cls, value: Value) -> "OrderLine":
        match value:
            case {"product_id": str(product_id), "quantity": int(quantity), "price_cents": int(price_cents)}:
                return cls(product_id, quantity, price_cents)
        raise ValueError(f"an order is stored with a line of another shape: {value!r}")

    def to_value(self) -> Value:
        return {"product_id": self.product_id, "quantity": self.quantity, "price_cents": self.price_cents}

    def to_json(self) -> Mapping[str, object]:
        return {"product_id": self.product_id, "quantity": self.quantity, "price": format_money(self.price_cents)}


@dataclass(frozen=True)
class Order:
    """`request_digest` tells the request it was made from, for orders placed under an idempotency key, else ""."""

    id: str
    user_id: str
    lines: Sequence[OrderLine]
    created_at: str
    request_digest: str = ""

    @property
    def total_cents(self) -> int:
        return sum(line.quantity * line.price_cents for line in self.lines)

    @classmethod
    def from_item(cls, item: Item) -> "Order":
        lines = item["lines"]
        if isinstance(lines, str | int | Mapping):
            raise ValueError(f"order {item['id']!r} is stored with lines that are not a list: {lines!r}")
        return cls(
            id=str(item["id"]),
            user_id=str(item["user_id"]),
            lines=[OrderLine.from_value(line) for line in lines],
            created_at=str(item["created_at"]),
            request_digest=str(item.get("request_digest", "")),
        )

    def to_item(self) -> Item:
        item: dict[str, Value] = {
            "id": self.id,
            "user_id": self.user_id,
            "lines": [line.to_value() for line in self.lines],
            "created_at": self.created_at,
        }
        if self.request_digest:
            item["request_digest"] = self.request_digest
        return item

    def to_json(self) -> Mapping[str, object]:
        return {
            "id": self.id,
            "user_id": self.user_id,
            "items": [line.to_json() for line in self.lines],
            "total": format_money(self.total_cents),
            "created_at": self.created_at,
        }
