"""Ingress order, rewriting and refusals."""

import re

import pytest

from meshrig.compile.ingress.ingress_class import compile_ingress
from meshrig.errors import InvalidInputError
from meshrig.model.kubernetes import IngressPath, ManifestSet
from meshrig.model.plan import Endpoint, ProxyConfig, Topology
from tests.golden import gateway as gw
from tests.golden import mesh as ms

_REWRITE = "nginx.ingress.kubernetes.io/rewrite-target"


def _compile(manifests: ManifestSet, node: str = "ingress") -> ProxyConfig:
    return compile_ingress(ms.shop(), node, "ingress", manifests, "nginx", Endpoint("127.0.0.1", 8), Topology())


def _clusters(config: ProxyConfig) -> list[str]:
    (host,) = config.routes["ingress_http_8"].virtual_hosts  # type: ignore[attr-defined]
    return [route.route.cluster.split("_")[3] for route in host.routes]


def test_longest_path_first_and_exact_before_prefix() -> None:
    paths = [gw.path("/", "users"), gw.path("/a", "orders"), gw.path("/a", "products", "Exact")]
    assert _clusters(_compile(gw.ingress(paths))) == ["products", "orders", "users"]


def test_rewrite_replaces_the_whole_path_with_captures() -> None:
    path = gw.path("/api/(users(?:/.*)?)", "users", "ImplementationSpecific")
    config = _compile(gw.ingress([path], {_REWRITE: "/$1"}))
    route = config.routes["ingress_http_8"].virtual_hosts[0].routes[0]  # type: ignore[attr-defined]
    rewrite = route.route.regex_rewrite
    assert re.sub(rewrite.pattern.regex, rewrite.substitution, "/api/users/7") == "/users/7"
    assert route.route.host_rewrite_literal == ms.hostname("users")


@pytest.mark.parametrize(
    ("manifests", "message"),
    [
        (gw.ingress([], {"nginx.ingress.kubernetes.io/auth-url": "x"}), "auth-url is not supported"),
        (gw.ingress([gw.path("/a", "gone")]), "no Service 'gone-service'"),
        (gw.ingress([IngressPath("/a", "Prefix", "users-service", 81)]), "has no port 81"),
        (gw.ingress([gw.path("/(a", "users")], {_REWRITE: "/"}), "not a regular expression"),
        (gw.ingress([gw.path("/a", "users")], {_REWRITE: "/$2"}), "uses \\$2"),
        (gw.ingress([gw.path("/(?!a)", "users")], {_REWRITE: "/"}), "look-around"),
    ],
)
def test_what_is_not_honoured_is_named(manifests: ManifestSet, message: str) -> None:
    with pytest.raises(InvalidInputError, match=message):
        _compile(manifests)


def test_backend_outside_the_node_s_backends_is_refused() -> None:
    with pytest.raises(InvalidInputError, match="no backend of virtual node 'users'"):
        _compile(gw.ingress([gw.path("/", "orders")]), "users")


def test_other_classes_are_left_alone() -> None:
    manifests = gw.ingress([gw.path("/", "gone")])
    config = compile_ingress(ms.shop(), "ingress", "i", manifests, "alb", Endpoint("127.0.0.1", 8), Topology())
    assert not config.routes["ingress_http_8"].virtual_hosts  # type: ignore[attr-defined]
