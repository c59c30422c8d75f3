"""orders-service over HTTP.

POST /orders {"user_id", "items": [{"product_id", "quantity"}]}   200, 404 user or product, 502 upstream, 400
     Idempotency-Key: <1 to 128 visible characters>, optional     the same order again, 409 with another body
GET  /orders/{id}                                                 200, 404
GET  /orders?user_id=[&limit=&next=]                              200 {"orders": [...], "next"}, newest first
An order is {"id", "user_id", "items": [{"product_id", "quantity", "price"}], "total", "created_at"}; money is a decimal
string such as "12.50". Environment: ORDERS_TABLE, USERS_URL, PRODUCTS_URL, UPSTREAM_TIMEOUT_SECONDS, HTTP_PROXY,
NO_PROXY, AWS_REGION, AWS_ENDPOINT_URL.
"""

import os
import re

from flask import Flask, jsonify, request
from flask.typing import ResponseReturnValue

from orders.order import Order, WantedItem, WantedOrder
from orders.placing import OrderDesk
from orders.upstream_http import UpstreamHttp
from orders.upstreams import HttpProducts, HttpUsers
from shop_common.dynamodb import DynamoTable
from shop_common.errors import NotFoundError
from shop_common.paging import encode_token, read_page_request
from shop_common.service import create_service
from shop_common.settings import Environment
from shop_common.validation import ID_RULE, Problem, ValidationError, is_id, read_body

USER_INDEX = "user_id-index"  # hash key user_id, range key created_at
MAXIMUM_ITEMS = 50
MAXIMUM_QUANTITY = 1000
IDEMPOTENCY_KEY = re.compile(r"[\x21-\x7e]{1,128}")


def create_app() -> Flask:
    """The service on the DynamoDB table and the two upstreams the environment names."""
    environment = Environment(os.environ)
    settings = environment.table("ORDERS_TABLE", "shop-orders")
    users_url = environment.http_url("USERS_URL", "http://users-service.shop.svc.cluster.local")
    products_url = environment.http_url("PRODUCTS_URL", "http://products-service.shop.svc.cluster.local")
    timeout = environment.positive("UPSTREAM_TIMEOUT_SECONDS", 2.5)
    environment.finish()
    users = HttpUsers(UpstreamHttp("users-service", users_url, timeout, settings.connections))
    products = HttpProducts(UpstreamHttp("products-service", products_url, timeout, settings.connections))
    return build_app(OrderDesk(DynamoTable(settings), users, products))


def build_app(desk: OrderDesk) -> Flask:
    app = create_service("orders", desk.table)

    @app.post("/orders")
    def place_order() -> ResponseReturnValue:
        wanted = _read_wanted_order()
        key = request.headers.get("Idempotency-Key")
        if key is None:
            return jsonify(desk.place(wanted).to_json())
        if IDEMPOTENCY_KEY.fullmatch(key) is None:
            raise ValidationError(Problem("Idempotency-Key", "must be 1 to 128 visible ASCII characters"))
        return jsonify(desk.place_once(wanted, key).to_json())

    @app.get("/orders/<identifier>")
    def show_order(identifier: str) -> ResponseReturnValue:
        item = desk.table.get(identifier) if is_id(identifier) else None
        if item is None:
            raise NotFoundError("order", identifier)
        return jsonify(Order.from_item(item).to_json())

    @app.get("/orders")
    def list_orders() -> ResponseReturnValue:
        user_id = request.args.get("user_id", "")
        if not is_id(user_id):
            raise ValidationError(Problem("user_id", ID_RULE))
        page = read_page_request("id", "user_id", "created_at")
        if page.start is not None and page.start["user_id"] != user_id:
            raise ValidationError(Problem("next", "belongs to the orders of another user_id"))
        found = desk.table.query(USER_INDEX, "user_id", user_id, page.limit, page.start)
        orders = [Order.from_item(item).to_json() for item in found.items]
        return jsonify({"orders": orders, "next": encode_token(found.next_key)})

    return app


def _read_wanted_order() -> WantedOrder:
    body = read_body()
    user_id = body.identifier("user_id")
    items: list[WantedItem] = []
    for fields in body.objects("items", MAXIMUM_ITEMS):
        item = WantedItem(fields.identifier("product_id"), fields.integer("quantity", 1, MAXIMUM_QUANTITY))
        if item.product_id and any(item.product_id == earlier.product_id for earlier in items):
            fields.reject("product_id", "is in an earlier item already; order it once, with a higher quantity")
        fields.close()
        items.append(item)
    body.finish()
    return WantedOrder(user_id, items)
