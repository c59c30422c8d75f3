"""users-service over HTTP.

POST /users {"username", "password"}   201 signed up, 200 logged in, 401 wrong password, 400
GET  /users/{id}                       200, 404
A user is {"id", "username", "created_at"}. Environment: USERS_TABLE, AWS_REGION, AWS_ENDPOINT_URL.
"""

import os

from flask import Flask, jsonify
from flask.typing import ResponseReturnValue

from shop_common.dynamodb import DynamoTable
from shop_common.errors import NotFoundError
from shop_common.service import create_service
from shop_common.settings import Environment
from shop_common.table import Table
from shop_common.validation import is_id, read_body
from users.accounts import enter
from users.passwords import MAXIMUM_LENGTH, MINIMUM_LENGTH
from users.user import USERNAME, User


def create_app() -> Flask:
    """The service on the DynamoDB table the environment names."""
    environment = Environment(os.environ)
    settings = environment.table("USERS_TABLE", "shop-users")
    environment.finish()
    return build_app(DynamoTable(settings))


def build_app(table: Table) -> Flask:
    app = create_service("users", table)

    @app.post("/users")
    def sign_up_or_log_in() -> ResponseReturnValue:
        body = read_body()
        username = body.text("username", USERNAME.fullmatch, "must be 3 to 64 letters, digits or . _ @ + -")
        password = body.text(
            "password", _acceptable_password, f"must be text of {MINIMUM_LENGTH} to {MAXIMUM_LENGTH} characters"
        )
        body.finish()
        entered = enter(table, username, password)
        return jsonify(entered.user.to_json()), 201 if entered.signed_up else 200

    @app.get("/users/<identifier>")
    def show_user(identifier: str) -> ResponseReturnValue:
        item = table.get(identifier) if is_id(identifier) else None
        if item is None:
            raise NotFoundError("user", identifier)
        return jsonify(User.from_item(item).to_json())

    return app


def _acceptable_password(text: str) -> bool:
    """Printable, so that it has a UTF-8 form: JSON can spell half a surrogate pair."""
    return MINIMUM_LENGTH <= len(text) <= MAXIMUM_LENGTH and text.isprintable()
