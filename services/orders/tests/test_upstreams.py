"""What orders-service makes of its upstreams' answers, over real connections on loopback."""

import json

import pytest
from flask import Flask

from orders.upstream_http import UpstreamError, UpstreamHttp
from orders.upstreams import HttpProducts, HttpUsers
from shop_testing.fake_upstream import FakeUpstream

TRACE = {"X-Amzn-Trace-Id": "Root=1-2-3", "x-amzn-RequestId": "r-1"}
UNKNOWN_USER = b'{"error": {"code": "user_not_found", "message": "There is no such user."}}'


@pytest.fixture(autouse=True)
def request_in_hand(monkeypatch: pytest.MonkeyPatch) -> object:
    for name in ("HTTP_PROXY", "http_proxy", "NO_PROXY", "no_proxy"):
        monkeypatch.delenv(name, raising=False)
    with Flask("test").test_request_context(headers=TRACE) as context:
        yield context


def users(upstream: FakeUpstream) -> HttpUsers:
    return HttpUsers(UpstreamHttp("users-service", upstream.url, timeout_seconds=5, connections=2))


def products(upstream: FakeUpstream) -> HttpProducts:
    return HttpProducts(UpstreamHttp("products-service", upstream.url, timeout_seconds=5, connections=2))


def test_a_known_user(upstream: FakeUpstream) -> None:
    upstream.body = b'{"id": "ann"}'
    assert users(upstream).exists("ann")
    assert upstream.seen[0].target == "/users/ann"


def test_the_correlation_headers_go_on(upstream: FakeUpstream) -> None:
    upstream.body = b'{"id": "ann"}'
    users(upstream).exists("ann")
    assert TRACE.items() <= upstream.seen[0].headers.items()


def test_an_unknown_user(upstream: FakeUpstream) -> None:
    upstream.status, upstream.body = 404, UNKNOWN_USER
    assert not users(upstream).exists("eve")


@pytest.mark.parametrize(
    ("status", "body"),
    [(404, b""), (404, b'{"error": {"code": "not_found"}}'), (500, b"{}"), (503, b"no healthy upstream"), (302, b"{}")],
)
def test_another_status_is_a_failure_that_says_which(upstream: FakeUpstream, status: int, body: bytes) -> None:
    upstream.status, upstream.body = status, body
    with pytest.raises(UpstreamError, match=f"users-service .* HTTP {status}"):
        users(upstream).exists("ann")


@pytest.mark.parametrize("body", [b"", b"<html>", b"[]", b'{"id": "bob"}', b"[" * 50_000])
def test_garbage_from_users_is_a_failure(upstream: FakeUpstream, body: bytes) -> None:
    upstream.body = body
    with pytest.raises(UpstreamError, match="users-service"):
        users(upstream).exists("ann")


def test_prices_of_the_products_that_exist(upstream: FakeUpstream) -> None:
    upstream.body = json.dumps({"products": [{"id": "cup", "price": "12.50"}]}).encode()
    assert products(upstream).prices(["cup", "pot"]) == {"cup": 1250}
    assert upstream.seen[0].target == "/products?ids=cup,pot"


@pytest.mark.parametrize(
    "product", [{}, {"id": "cup"}, {"id": "cup", "price": 12.5}, {"id": "cup", "price": "free"}, 7]
)
def test_garbage_from_products_is_a_failure(upstream: FakeUpstream, product: object) -> None:
    upstream.body = json.dumps({"products": [product]}).encode()
    with pytest.raises(UpstreamError, match="products-service"):
        products(upstream).prices(["cup"])


def test_an_answer_that_does_not_come_is_a_failure(upstream: FakeUpstream) -> None:
    upstream.gate.clear()
    impatient = HttpUsers(UpstreamHttp("users-service", upstream.url, timeout_seconds=0.05, connections=2))
    with pytest.raises(UpstreamError, match=r"no answer within 0\.05 s"):
        impatient.exists("ann")
    assert len(upstream.seen) == 1


def test_a_connection_closed_under_the_request_is_tried_once_more(upstream: FakeUpstream) -> None:
    upstream.closes = True
    with pytest.raises(UpstreamError, match="the connection failed"):
        users(upstream).exists("ann")
    assert len(upstream.seen) == 2


def test_connections_are_kept_alive_through_the_proxy(upstream: FakeUpstream, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HTTP_PROXY", upstream.url)
    monkeypatch.setenv("NO_PROXY", "127.0.0.1,localhost")
    upstream.body = b'{"id": "ann"}'
    url = "http://users-service.shop.svc.cluster.local"
    asked = HttpUsers(UpstreamHttp("users-service", url, timeout_seconds=5, connections=2))
    assert asked.exists("ann")
    assert asked.exists("ann")
    assert [seen.target for seen in upstream.seen] == [f"{url}/users/ann"] * 2
    assert len({seen.client_port for seen in upstream.seen}) == 1


def test_no_proxy_is_honoured(upstream: FakeUpstream, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:9")
    monkeypatch.setenv("NO_PROXY", "127.0.0.1,localhost")
    upstream.body = b'{"id": "ann"}'
    assert users(upstream).exists("ann")
    assert upstream.seen[0].target == "/users/ann"
