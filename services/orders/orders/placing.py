"""Placing an order: ask who and what, price it, store it; once only under an idempotency key."""

import hashlib
import json
import uuid
from dataclasses import dataclass

from orders.order import Order, OrderLine, WantedOrder
from orders.upstreams import Products, Users
from shop_common.errors import ApiError, ConflictError, NotFoundError
from shop_common.service import timestamp
from shop_common.table import Item, Table

_NAMESPACE = uuid.UUID("0f4d54a5-53d2-4d0f-8a43-5f1d6d4d5d0b")


@dataclass(frozen=True)
class OrderDesk:
    """Where orders are placed."""

    table: Table
    users: Users
    products: Products

    def place(self, wanted: WantedOrder) -> Order:
        """A new order. ApiError 404 for an unknown user or product, 502 for an upstream that failed."""
        order = self._price(wanted, str(uuid.uuid4()), request_digest="")
        self.table.put(order.to_item())
        return order

    def place_once(self, wanted: WantedOrder, key: str) -> Order:
        """The order of this idempotency key: the stored one if there is one, else a new one.

        The id is derived from the key, so of two replicas handed the same key one writes and the other finds it.
        ConflictError when the key was used for another order.
        """
        order_id = str(uuid.uuid5(_NAMESPACE, key))
        digest = _digest(wanted)
        stored = self.table.get(order_id)
        if stored is None:
            order = self._price(wanted, order_id, digest)
            stored = self.table.create(order.to_item())
            if stored is None:
                return order
        return _same_request(stored, digest)

    def _price(self, wanted: WantedOrder, order_id: str, request_digest: str) -> Order:
        """One after the other: handing a call to a thread costs more CPU than it saves time, and 404s stay definite."""
        if not self.users.exists(wanted.user_id):
            raise NotFoundError("user", wanted.user_id)
        prices = self.products.prices([item.product_id for item in wanted.items])
        unknown = [item.product_id for item in wanted.items if item.product_id not in prices]
        if unknown:
            names = ", ".join(map(repr, unknown))
            raise ApiError(404, "product_not_found", f"There is no product {names}.", {"ids": unknown})
        lines = [OrderLine(item.product_id, item.quantity, prices[item.product_id]) for item in wanted.items]
        return Order(order_id, wanted.user_id, lines, timestamp(), request_digest)


def _same_request(stored: Item, digest: str) -> Order:
    order = Order.from_item(stored)
    if order.request_digest != digest:
        raise ConflictError("idempotency_key_reused", "This Idempotency-Key was used for an order with another body.")
    return order


def _digest(wanted: WantedOrder) -> str:
    """The same for the same order, however its JSON was written."""
    canonical = json.dumps([wanted.user_id, [[item.product_id, item.quantity] for item in wanted.items]])
    return hashlib.sha256(canonical.encode()).hexdigest()
