"""A product, with its price in cents inside and as a decimal string in JSON."""

from dataclasses import dataclass

from shop_common.money import format_money
from shop_common.table import Item


@dataclass(frozen=True)
class Product:
    id: str
    name: str
    price_cents: int
    created_at: str

    @classmethod
    def from_item(cls, item: Item) -> "Product":
        price = item["price_cents"]
        if not isinstance(price, int):
            raise ValueError(f"product {item['id']!r} is stored with a price that is not a number: {price!r}")
        return cls(str(item["id"]), str(item["name"]), price, str(item["created_at"]))

    def to_item(self) -> Item:
        return {"id": self.id, "name": self.name, "price_cents": self.price_cents, "created_at": self.created_at}

    def to_json(self) -> dict[str, str]:
        return {
            "id": self.id,
            "name": self.name,
            "price": format_money(self.price_cents),
            "created_at": self.created_at,
        }
