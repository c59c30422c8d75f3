"""users-service and products-service as orders-service sees them: two small Protocols, and both over HTTP.

Plain HTTP here; the sidecar makes it mTLS. A fault of theirs is UpstreamError (502), never an answer about the order.
"""

from collections.abc import Mapping, Sequence
from typing import Protocol

from orders.upstream_http import JsonAnswer, UpstreamError, UpstreamHttp
from shop_common.money import parse_money


class Users(Protocol):
    def exists(self, user_id: str) -> bool:
        """Whether there is such a user. UpstreamError when that cannot be found out."""


class Products(Protocol):
    def prices(self, product_ids: Sequence[str]) -> Mapping[str, int]:
        """Prices in cents of those products that exist. UpstreamError when that cannot be found out."""


class HttpUsers:
    """GET /users/{id} of users-service."""

    def __init__(self, http: UpstreamHttp) -> None:
        self._http = http

    def exists(self, user_id: str) -> bool:
        answer = self._http.get(f"/users/{user_id}")
        match answer.status, answer.body:
            case 200, {"id": answered_id} if answered_id == user_id:
                return True
            # The code matters: a 404 of a proxy on the way says nothing about the user.
            case 404, {"error": {"code": "user_not_found"}}:
                return False
        raise unexpected(self._http.name, answer)


class HttpProducts:
    """GET /products?ids= of products-service."""

    def __init__(self, http: UpstreamHttp) -> None:
        self._http = http

    def prices(self, product_ids: Sequence[str]) -> Mapping[str, int]:
        answer = self._http.get(f"/products?ids={','.join(product_ids)}")
        match answer.status, answer.body:
            case 200, {"products": list(products)}:
                return dict(self._price(product, answer) for product in products)
        raise unexpected(self._http.name, answer)

    def _price(self, product: object, answer: JsonAnswer) -> tuple[str, int]:
        match product:
            case {"id": str(product_id), "price": str(price)} if (cents := parse_money(price)) is not None:
                return product_id, cents
        raise unexpected(self._http.name, answer)


def unexpected(upstream: str, answer: JsonAnswer) -> UpstreamError:
    if answer.status != 200:
        return UpstreamError(upstream, f"it answered HTTP {answer.status}")
    return UpstreamError(upstream, "its answer is not what its API promises")
