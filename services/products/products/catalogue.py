"""The catalogue on its table, and the starter products that make a fresh shop usable."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from products.product import Product
from shop_common.paging import PageRequest
from shop_common.table import Key, Table

_STARTED = "2026-01-01T00:00:00.000Z"
STARTER_PRODUCTS: Mapping[str, Product] = {
    product.id: product
    for product in (
        Product("espresso-cup", "Espresso cup", 1250, _STARTED),
        Product("coffee-beans", "Coffee beans, 1 kg", 1890, _STARTED),
        Product("milk-jug", "Milk jug", 1600, _STARTED),
        Product("tea-pot", "Tea pot", 3400, _STARTED),
        Product("hand-grinder", "Hand grinder", 4995, _STARTED),
    )
}


@dataclass(frozen=True)
class Listing:
    products: Sequence[Product]
    next_key: Key | None


class Catalogue:
    """Products by id or page by page.

    With `seeded`, a starter product that a read misses is written again, so a table that was made anew heals while
    the service runs. The writes are conditional: what somebody else stored under such an id stays.
    """

    def __init__(self, table: Table, seeded: bool) -> None:
        self._table = table
        self._starters = STARTER_PRODUCTS if seeded else {}

    def find(self, product_ids: Sequence[str]) -> list[Product]:
        """Those of at most 100 distinct ids that exist, in the order asked for."""
        items = self._table.get_many(product_ids)
        products = {product_id: Product.from_item(item) for product_id, item in items.items()}
        for product_id in self._starters.keys() & set(product_ids) - products.keys():
            products[product_id] = self._restore(self._starters[product_id])
        return [products[product_id] for product_id in product_ids if product_id in products]

    def list(self, page: PageRequest) -> Listing:
        """One page, in no particular order."""
        found = self._table.scan(page.limit, page.start)
        if not found.items and page.start is None and self._starters:
            for product in self._starters.values():
                self._restore(product)
            found = self._table.scan(page.limit, None)
        return Listing([Product.from_item(item) for item in found.items], found.next_key)

    def add(self, product: Product) -> bool:
        """False, changing nothing, when the id is taken."""
        return self._table.create(product.to_item()) is None

    def _restore(self, starter: Product) -> Product:
        holder = self._table.create(starter.to_item())
        return starter if holder is None else Product.from_item(holder)
