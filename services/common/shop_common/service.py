"""The Flask application each service starts from."""

import logging
import sys
from datetime import UTC, datetime

from flask import Flask, jsonify
from flask.json.provider import DefaultJSONProvider
from flask.typing import ResponseReturnValue

from shop_common.errors import register_error_handlers
from shop_common.logs import JsonFormatter
from shop_common.table import Table

MAXIMUM_BODY_BYTES = 64 * 1024


class CompactJson(DefaultJSONProvider):
    """Members in the order the code wrote them, no spaces."""

    sort_keys = False
    compact = True


def create_service(name: str, table: Table) -> Flask:
    """An app with JSON errors, a body limit, `/healthz` (the process answers) and `/readyz` (its table does too).

    Readiness asks for nothing but the service's own table: if it asked other services, one outage would take out all.
    """
    configure_logs(name)
    app = Flask(name, static_folder=None)
    app.json = CompactJson(app)
    app.config["MAX_CONTENT_LENGTH"] = MAXIMUM_BODY_BYTES
    register_error_handlers(app)

    @app.get("/healthz")
    def healthz() -> ResponseReturnValue:
        return jsonify({"status": "ok"})

    @app.get("/readyz")
    def readyz() -> ResponseReturnValue:
        table.check()
        return jsonify({"status": "ready"})

    return app


def configure_logs(service: str) -> None:
    """One-line JSON logs of the logger "shop" on stdout; calling it again changes nothing."""
    logger = logging.getLogger("shop")
    if not logger.handlers:
        handler = logging.StreamHandler(sys.stdout)
        handler.setFormatter(JsonFormatter(service))
        logger.addHandler(handler)
        logger.setLevel(logging.INFO)
        logger.propagate = False


def timestamp() -> str:
    """Now, in UTC with milliseconds, in a form that sorts by time: 2026-01-31T12:00:00.000Z."""
    return datetime.now(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
