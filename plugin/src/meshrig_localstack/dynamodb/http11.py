"""The little of HTTP/1.1 that AWS SDKs speak to DynamoDB: requests with a length, kept-alive connections."""

from collections.abc import Mapping
from dataclasses import dataclass
from http import HTTPStatus

MAX_HEAD_BYTES = 64 * 1024
MAX_BODY_BYTES = 32 * 1024 * 1024
"""More than DynamoDB's largest request (16 MB of BatchWriteItem) takes as JSON."""


class BadHttpError(Exception):
    """The bytes are not a request that this server takes; ``status`` says why, the connection must be closed."""

    def __init__(self, status: HTTPStatus, message: str) -> None:
        super().__init__(message)
        self.status = status


@dataclass(frozen=True)
class Head:
    """A request's first line and headers; header names are in lower case."""

    method: str
    target: str
    headers: Mapping[str, str]
    body_bytes: int
    keep_alive: bool
    expects_continue: bool


def read_head(data: bytes) -> Head:
    """The head of a request, without its final blank line; BadHttpError for anything else."""
    lines = data.decode("latin-1").split("\r\n")
    method, target, http_version = _request_line(lines[0])
    headers = {}
    for line in lines[1:]:
        name, colon, value = line.partition(":")
        if not colon or not name or name != name.strip():
            raise BadHttpError(HTTPStatus.BAD_REQUEST, f"not a header: {line!r}")
        headers[name.lower()] = value.strip()
    if "transfer-encoding" in headers:
        raise BadHttpError(HTTPStatus.LENGTH_REQUIRED, "a request must have a Content-Length, not a Transfer-Encoding")
    connection = headers.get("connection", "").lower()
    keep_alive = connection != "close" if http_version == "HTTP/1.1" else connection == "keep-alive"
    expects = headers.get("expect", "").lower() == "100-continue"
    return Head(method, target, headers, _body_bytes(headers), keep_alive, expects)


def write_response(status: int, headers: Mapping[str, str], body: bytes, keep_alive: bool) -> bytes:
    """A whole response; Content-Length and Connection are added to ``headers``."""
    try:
        reason = HTTPStatus(status).phrase
    except ValueError:
        reason = "Unknown"
    lines = [f"HTTP/1.1 {status} {reason}", *(f"{name}: {value}" for name, value in headers.items())]
    lines += [f"Content-Length: {len(body)}", f"Connection: {'keep-alive' if keep_alive else 'close'}", "", ""]
    return "\r\n".join(lines).encode("latin-1") + body


def _request_line(line: str) -> tuple[str, str, str]:
    parts = line.split(" ")
    if len(parts) != 3 or parts[2] not in ("HTTP/1.1", "HTTP/1.0"):
        raise BadHttpError(HTTPStatus.BAD_REQUEST, f"not an HTTP/1.1 request line: {line[:100]!r}")
    return parts[0], parts[1], parts[2]


def _body_bytes(headers: Mapping[str, str]) -> int:
    length = headers.get("content-length", "0")
    if not (length.isascii() and length.isdigit()):
        raise BadHttpError(HTTPStatus.BAD_REQUEST, f"not a Content-Length: {length!r}")
    if int(length) > MAX_BODY_BYTES:
        raise BadHttpError(
            HTTPStatus.REQUEST_ENTITY_TOO_LARGE, f"a body of {length} bytes is more than {MAX_BODY_BYTES}"
        )
    return int(length)
