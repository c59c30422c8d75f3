"""products-service over HTTP.

GET  /products[?limit=&next=]            200 {"products": [...], "next": token or null}
GET  /products?ids=a,b                   200 {"products": [...]}: those of at most 100 ids that exist
GET  /products/{id}                      200, 404
POST /products {"id"?, "name", "price"}  201, 409 the id is taken, 400
A product is {"id", "name", "price", "created_at"}; price is a decimal string such as "12.50".
Environment: PRODUCTS_TABLE, CATALOGUE_SEED (true: keep the starter products there), AWS_REGION, AWS_ENDPOINT_URL.
"""

import os
import uuid

from flask import Flask, jsonify, request
from flask.typing import ResponseReturnValue

from products.catalogue import Catalogue
from products.product import Product
from shop_common.dynamodb import DynamoTable
from shop_common.errors import ConflictError, NotFoundError
from shop_common.paging import encode_token, read_page_request
from shop_common.service import create_service, timestamp
from shop_common.settings import Environment
from shop_common.table import Table
from shop_common.validation import ID_RULE, Problem, ValidationError, is_id, read_body

MAXIMUM_IDS = 100  # of one BatchGetItem
MAXIMUM_NAME_LENGTH = 200


def create_app() -> Flask:
    """The service on the DynamoDB table the environment names."""
    environment = Environment(os.environ)
    settings = environment.table("PRODUCTS_TABLE", "shop-products")
    seeded = environment.flag("CATALOGUE_SEED")
    environment.finish()
    return build_app(DynamoTable(settings), seeded)


def build_app(table: Table, seeded: bool) -> Flask:
    app = create_service("products", table)
    catalogue = Catalogue(table, seeded)

    @app.get("/products")
    def list_products() -> ResponseReturnValue:
        ids = request.args.get("ids")
        if ids is not None:
            return jsonify({"products": [product.to_json() for product in catalogue.find(_read_ids(ids))]})
        listing = catalogue.list(read_page_request("id"))
        products = [product.to_json() for product in listing.products]
        return jsonify({"products": products, "next": encode_token(listing.next_key)})

    @app.get("/products/<identifier>")
    def show_product(identifier: str) -> ResponseReturnValue:
        found = catalogue.find([identifier]) if is_id(identifier) else []
        if not found:
            raise NotFoundError("product", identifier)
        return jsonify(found[0].to_json())

    @app.post("/products")
    def add_product() -> ResponseReturnValue:
        product = _read_product()
        if not catalogue.add(product):
            raise ConflictError("product_exists", f"There is a product {product.id!r} already.")
        return jsonify(product.to_json()), 201

    return app


def _read_product() -> Product:
    body = read_body()
    identifier = body.identifier("id") if body.has("id") else str(uuid.uuid4())
    name = body.text("name", _acceptable_name, f"must be printable text of 1 to {MAXIMUM_NAME_LENGTH} characters")
    price = body.money("price")
    body.finish()
    return Product(identifier, name, price, timestamp())


def _acceptable_name(text: str) -> bool:
    return len(text.strip()) >= 1 and len(text) <= MAXIMUM_NAME_LENGTH and text.isprintable()


def _read_ids(text: str) -> list[str]:
    """The distinct ids of a comma-separated list, in its order."""
    if "limit" in request.args or "next" in request.args:
        raise ValidationError(Problem("ids", "cannot be combined with limit or next"))
    ids = list(dict.fromkeys(text.split(",")))
    if len(ids) > MAXIMUM_IDS:
        raise ValidationError(Problem("ids", f"must be at most {MAXIMUM_IDS} ids"))
    if bad := [each for each in ids if not is_id(each)]:
        raise ValidationError(*(Problem("ids", f"has {each!r}: an id {ID_RULE}") for each in bad))
    return ids
