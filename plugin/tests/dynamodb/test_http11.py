"""The listener's HTTP."""

from http import HTTPStatus

import pytest
from hypothesis import given
from hypothesis import strategies as st

from meshrig_localstack.dynamodb.http11 import BadHttpError, Head, read_head, write_response


def test_a_request_head() -> None:
    head = read_head(b"POST / HTTP/1.1\r\nX-Amz-Target: a.B\r\nContent-Length: 12\r\nEmpty:")
    assert head == Head("POST", "/", {"x-amz-target": "a.B", "content-length": "12", "empty": ""}, 12, True, False)


@pytest.mark.parametrize(
    ("http_version", "connection", "keep_alive"),
    [("1.1", "", True), ("1.1", "close", False), ("1.0", "", False), ("1.0", "Keep-Alive", True)],
)
def test_when_a_connection_is_kept(http_version: str, connection: str, keep_alive: bool) -> None:
    assert read_head(f"GET / HTTP/{http_version}\r\nConnection: {connection}".encode()).keep_alive is keep_alive


@pytest.mark.parametrize(
    ("head", "status"),
    [
        (b"", HTTPStatus.BAD_REQUEST),
        (b"GET /", HTTPStatus.BAD_REQUEST),
        (b"GET / HTTP/2.0", HTTPStatus.BAD_REQUEST),
        (b"GET / HTTP/1.1\r\nno colon", HTTPStatus.BAD_REQUEST),
        (b"GET / HTTP/1.1\r\nspace before : x", HTTPStatus.BAD_REQUEST),
        (b"GET / HTTP/1.1\r\nContent-Length: -1", HTTPStatus.BAD_REQUEST),
        (b"GET / HTTP/1.1\r\nContent-Length: \xb2", HTTPStatus.BAD_REQUEST),
        (b"GET / HTTP/1.1\r\nContent-Length: 99999999999", HTTPStatus.REQUEST_ENTITY_TOO_LARGE),
        (b"GET / HTTP/1.1\r\nTransfer-Encoding: chunked", HTTPStatus.LENGTH_REQUIRED),
    ],
)
def test_bad_heads(head: bytes, status: HTTPStatus) -> None:
    with pytest.raises(BadHttpError) as refused:
        read_head(head)
    assert refused.value.status == status


@given(st.binary(max_size=200))
def test_any_bytes_are_a_head_or_refused(data: bytes) -> None:
    for prefix in (b"", b"POST / HTTP/1.1\r\n", b"POST / HTTP/1.1\r\nContent-Length: "):
        try:
            head = read_head(prefix + data)
        except BadHttpError:
            continue
        assert head.body_bytes >= 0


def test_a_response() -> None:
    expected = b"HTTP/1.1 200 OK\r\nA: b\r\nContent-Length: 2\r\nConnection: close\r\n\r\nhi"
    assert write_response(200, {"A": "b"}, b"hi", keep_alive=False) == expected
