"""Token buckets, resource order and failing closed."""

from dataclasses import replace
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from meshrig.compile.edge.gateway import compile_edge
from meshrig.compile.edge.resource_path import precedence
from meshrig.compile.edge.throttle import build_token_bucket
from meshrig.model.apigateway import Integration, Method, Throttle
from meshrig.model.plan import Endpoint, ProxyConfig, Topology
from tests.golden import gateway as gw


def _edge(*methods: Method) -> ProxyConfig:
    places = {(gw.BALANCER_ARN, 80): Endpoint("127.0.0.1", 2)}
    return compile_edge(gw.gateway(gw.deployed(methods)), Endpoint("127.0.0.1", 1), places, Topology())


@given(st.decimals(min_value="0.001", max_value=100_000, places=3), st.integers(1, 10_000))
def test_bucket_fills_at_exactly_the_rate(rate: object, burst: int) -> None:
    bucket = build_token_bucket(Throttle(float(str(rate)), burst))
    interval = Fraction(bucket.fill_interval.ToNanoseconds(), 10**9)
    assert Fraction(bucket.tokens_per_fill.value) / interval == Fraction(str(rate))
    assert interval >= Fraction(1, 20)
    assert bucket.max_tokens == burst


def test_hundred_per_second_is_five_per_50_ms() -> None:
    bucket = build_token_bucket(Throttle(100.0, 20))
    assert (bucket.tokens_per_fill.value, bucket.fill_interval.ToMilliseconds()) == (5, 50)


def test_static_before_parameter_before_proxy() -> None:
    paths = ["/{proxy+}", "/orders/{id}", "/", "/orders/new", "/{a}/new", "/orders/{rest+}", "/orders"]
    assert sorted(paths, key=precedence) == [
        "/",
        "/orders",
        "/orders/new",
        "/orders/{id}",
        "/orders/{rest+}",
        "/{a}/new",
        "/{proxy+}",
    ]


@pytest.mark.parametrize(
    ("method", "reason"),
    [
        (replace(gw.method("GET", "/a"), authorization_type="AWS_IAM"), "authorization AWS_IAM"),
        (replace(gw.method("GET", "/a"), api_key_required=True), "API keys"),
        (replace(gw.method("GET", "/a"), integration=None), "no integration"),
        (gw.method("GET", "/a", Integration("MOCK")), "integration type MOCK"),
        (gw.method("GET", "/{id}", gw.vpc_integration("/{id}")), "add integration.request.path.id"),
        (gw.method("GET", "/a", replace(gw.vpc_integration("/a"), http_method="POST")), "another verb"),
        (gw.method("GET", "/a", replace(gw.vpc_integration("/a"), connection_id="gone")), "VPC link 'gone'"),
    ],
)
def test_what_can_not_be_checked_is_closed_and_said(method: Method, reason: str) -> None:
    config = _edge(method)
    (warning,) = config.warnings
    assert reason in warning
    route = config.routes["apigateway_api1_prod"].virtual_hosts[0].routes[0]  # type: ignore[attr-defined]
    assert route.direct_response.status == 500
    assert not [name for name in config.clusters if name.startswith("apigateway_")]


def test_load_balancer_reaches_node_ports() -> None:
    topology = Topology(node_ports={30080: (Endpoint("127.0.0.1", 7),)})
    places = {(gw.BALANCER_ARN, 80): Endpoint("127.0.0.1", 2)}
    config = compile_edge(gw.gateway(), Endpoint("127.0.0.1", 1), places, topology)
    assert "nlb_shop_80" in config.listeners
    assignment = config.endpoints["nlb_shop"]
    (member,) = assignment.endpoints[0].lb_endpoints  # type: ignore[attr-defined]
    assert member.endpoint.address.socket_address.port_value == 7


def test_internet_integration_over_https_checks_the_host() -> None:
    method = gw.method("GET", "/a", Integration("HTTP_PROXY", "https://example.com/x"))
    assert "apigateway_internet_example.com_443_tls_example.com" in _edge(method).clusters
