"""Every error a service answers, as `{"error": {"code", "message", "details"?}}`, whatever the status.

`ApiError` is the one exception views raise. Werkzeug's own (404 for an unknown path, 405, 413, ...) and anything
unforeseen (500) are put into the same shape here, and each is logged with the request's correlation ids.
"""

import logging
from collections.abc import Mapping, Sequence

from flask import Flask, Response, jsonify, request
from werkzeug.exceptions import HTTPException

from shop_common.correlation import correlation_ids
from shop_common.table import TableUnavailableError

logger = logging.getLogger("shop")

type Details = Mapping[str, object] | Sequence[Mapping[str, object]]


class ApiError(Exception):
    """An answer other than success: `status` is the HTTP status, `code` a stable snake_case word for programs."""

    def __init__(self, status: int, code: str, message: str, details: Details | None = None) -> None:
        super().__init__(message)
        self.status = status
        self.code = code
        self.message = message
        self.details = details


class NotFoundError(ApiError):
    """404: the thing of kind `kind` ("user", "product", "order") with this id does not exist."""

    def __init__(self, kind: str, identifier: str) -> None:
        super().__init__(404, f"{kind}_not_found", f"There is no {kind} {identifier!r}.", {"id": identifier})


class ConflictError(ApiError):
    """409: the request contradicts what is stored."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(409, code, message)


def register_error_handlers(app: Flask) -> None:
    """Make `app` answer each error as JSON."""
    app.register_error_handler(ApiError, _answer_api_error)
    app.register_error_handler(TableUnavailableError, _answer_table_unavailable)
    app.register_error_handler(HTTPException, _answer_http_exception)
    app.register_error_handler(Exception, _answer_unforeseen)


def _answer_api_error(error: ApiError) -> Response:
    level = logging.ERROR if error.status >= 500 else logging.INFO
    _log(level, error.status, error.code, error.message)
    return _response(error.status, error.code, error.message, error.details)


def _answer_table_unavailable(error: TableUnavailableError) -> Response:
    _log(logging.ERROR, 503, "storage_unavailable", str(error))
    response = _response(503, "storage_unavailable", "The service cannot reach its table now; try again.", None)
    response.headers["Retry-After"] = "1"
    return response


def _answer_http_exception(error: HTTPException) -> Response:
    """Keep werkzeug's status and headers (405 carries Allow), replace its HTML."""
    status = error.code or 500
    code = error.name.lower().replace(" ", "_")
    _log(logging.INFO if status < 500 else logging.ERROR, status, code, error.description or "")
    response = _response(status, code, error.description or error.name, None)
    for name, value in error.get_headers():
        if name.lower() not in ("content-type", "content-length"):
            response.headers[name] = value
    return response


def _answer_unforeseen(error: Exception) -> Response:
    """500 without a word about the inside; the traceback goes to the log."""
    _log(logging.ERROR, 500, "internal_server_error", repr(error), error)
    return _response(500, "internal_server_error", "The service failed; the failure was logged.", None)


def _log(level: int, status: int, code: str, message: str, error: Exception | None = None) -> None:
    fields = {"status": status, "code": code, "method": request.method, "path": request.path, **correlation_ids()}
    logger.log(level, message, extra={"fields": fields}, exc_info=error)


def _response(status: int, code: str, message: str, details: Details | None) -> Response:
    body: dict[str, object] = {"code": code, "message": message}
    if details is not None:
        body["details"] = details
    response = jsonify({"error": body})
    response.status_code = status
    return response
