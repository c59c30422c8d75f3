"""Every status answers the same JSON error, and the log carries the correlation ids."""

import io
import json
import logging
from collections.abc import Iterator

import pytest
from flask import Flask, jsonify
from flask.typing import ResponseReturnValue

from shop_common.logs import JsonFormatter
from shop_common.service import MAXIMUM_BODY_BYTES, create_service
from shop_common.validation import read_body
from shop_testing.fake_table import FakeTable


@pytest.fixture
def app(table: FakeTable) -> Flask:
    app = create_service("things", table)

    @app.post("/things")
    def add_thing() -> ResponseReturnValue:
        body = read_body()
        name = body.text("name", str.isalpha, "must be letters")
        count = body.integer("count", 1, 9)
        body.finish()
        return jsonify({"name": name, "count": count})

    @app.get("/broken")
    def broken() -> ResponseReturnValue:
        raise RuntimeError("secret inside")

    return app


@pytest.fixture
def logged() -> Iterator[io.StringIO]:
    stream = io.StringIO()
    handler = logging.StreamHandler(stream)
    handler.setFormatter(JsonFormatter("things"))
    logging.getLogger("shop").addHandler(handler)
    yield stream
    logging.getLogger("shop").removeHandler(handler)


def test_unknown_path_is_a_json_404(app: Flask) -> None:
    answer = app.test_client().get("/nowhere")
    assert (answer.status_code, answer.mimetype) == (404, "application/json")
    assert answer.get_json()["error"]["code"] == "not_found"


def test_wrong_method_is_a_json_405_that_says_what_is_allowed(app: Flask) -> None:
    answer = app.test_client().delete("/things")
    assert (answer.status_code, answer.get_json()["error"]["code"]) == (405, "method_not_allowed")
    assert "POST" in answer.headers["Allow"]


@pytest.mark.parametrize("content_type", ["text/plain", "application/x-www-form-urlencoded", ""])
def test_a_body_not_called_json_is_415(app: Flask, content_type: str) -> None:
    answer = app.test_client().post("/things", data="{}", content_type=content_type)
    assert (answer.status_code, answer.get_json()["error"]["code"]) == (415, "unsupported_media_type")


def test_a_charset_in_the_content_type_is_fine(app: Flask) -> None:
    answer = app.test_client().post(
        "/things", data='{"name": "a", "count": 1}', content_type="application/json; charset=utf-8"
    )
    assert answer.status_code == 200


@pytest.mark.parametrize("body", [b"", b"{", b"\xff", b"[" * 50_000])
def test_a_body_that_is_not_json_is_400(app: Flask, body: bytes) -> None:
    answer = app.test_client().post("/things", data=body, content_type="application/json")
    assert (answer.status_code, answer.get_json()["error"]["code"]) == (400, "malformed_json")


def test_too_large_a_body_is_413(app: Flask) -> None:
    answer = app.test_client().post("/things", data=b" " * (MAXIMUM_BODY_BYTES + 1), content_type="application/json")
    assert (answer.status_code, answer.get_json()["error"]["code"]) == (413, "request_entity_too_large")


def test_all_problems_of_a_body_come_at_once(app: Flask) -> None:
    error = app.test_client().post("/things", json={"name": "a1", "count": True, "nmae": "a"}).get_json()["error"]
    assert error["code"] == "validation_failed"
    assert {detail["field"]: detail["problem"] for detail in error["details"]} == {
        "name": "must be letters",
        "count": "must be a whole number from 1 to 9",
        "nmae": "is not a field of this request",
    }


def test_a_missing_field_is_named(app: Flask) -> None:
    error = app.test_client().post("/things", json={"count": 2}).get_json()["error"]
    assert error["details"] == [{"field": "name", "problem": "is required"}]


def test_a_body_that_is_no_object_is_400(app: Flask) -> None:
    answer = app.test_client().post("/things", json=[1])
    assert (answer.status_code, answer.get_json()["error"]["code"]) == (400, "validation_failed")


def test_the_unforeseen_is_a_500_that_tells_nothing(app: Flask, logged: io.StringIO) -> None:
    answer = app.test_client().get("/broken", headers={"X-Amzn-Trace-Id": "Root=1-2-3", "x-amzn-RequestId": "r-1"})
    assert (answer.status_code, answer.get_json()["error"]["code"]) == (500, "internal_server_error")
    assert "secret" not in answer.get_data(as_text=True)
    [line] = logged.getvalue().splitlines()
    entry = json.loads(line)
    assert entry["X-Amzn-Trace-Id"] == "Root=1-2-3"
    assert entry["x-amzn-RequestId"] == "r-1"
    assert "secret inside" in entry["exception"]


def test_liveness_needs_nothing_and_readiness_the_table(app: Flask, table: FakeTable) -> None:
    client = app.test_client()
    assert (client.get("/healthz").status_code, client.get("/readyz").status_code) == (200, 200)
    table.available = False
    assert client.get("/healthz").status_code == 200
    answer = client.get("/readyz")
    assert (answer.status_code, answer.get_json()["error"]["code"]) == (503, "storage_unavailable")
    assert answer.headers["Retry-After"] == "1"
