"""Specs that the API model accepts and the service refuses."""

from typing import Any

import pytest
from appmesh_specs import gateway_route_spec, node_spec, route_spec

from meshrig_localstack.appmesh.kinds import GATEWAY_ROUTE, ROUTE, VIRTUAL_GATEWAY, VIRTUAL_NODE, VIRTUAL_ROUTER, Kind
from meshrig_localstack.appmesh.rules import spec_problems


def listener(**more: object) -> dict[str, Any]:
    return {"portMapping": {"port": 80, "protocol": "http"}, **more}


def node(**more: object) -> dict[str, Any]:
    return {**node_spec(80), "listeners": [listener(**more)]}


def rewrite(match: dict[str, str], **how: object) -> dict[str, Any]:
    spec = gateway_route_spec("s", **match)
    spec["httpRoute"]["action"]["rewrite"] = how
    return spec


RETRY = {"maxRetries": 1, "perRetryTimeout": {"unit": "s", "value": 1}}
BACKEND = {"virtualService": {"virtualServiceName": "b"}}
HTTP = route_spec("n")["httpRoute"]
SECOND_WEIGHT = {"virtualNode": "n", "weight": 60}

REFUSED: list[tuple[Kind, dict[str, Any], str]] = [
    (VIRTUAL_NODE, {"listeners": [listener()]}, "serviceDiscovery is required"),
    (VIRTUAL_NODE, {"serviceDiscovery": {"dns": {"hostname": "h"}}}, "cannot be set without a listener"),
    (VIRTUAL_NODE, node_spec(80, 80), "2 listeners on port 80"),
    (VIRTUAL_NODE, {"backends": [BACKEND, BACKEND]}, "virtual service b 2 times"),
    (VIRTUAL_NODE, node(connectionPool={"tcp": {"maxConnections": 1}}), "connectionPool is for protocol tcp"),
    (VIRTUAL_NODE, node(timeout={"grpc": {}}), "timeout is for protocol grpc"),
    (VIRTUAL_NODE, node(healthCheck={"port": 81}), "healthCheck.port is 81, but the listener's port is 80"),
    (VIRTUAL_ROUTER, {"listeners": [listener(), listener()]}, "2 listeners on port 80"),
    (VIRTUAL_GATEWAY, {"listeners": []}, "at least one listener"),
    (ROUTE, {"priority": 1}, "exactly one of httpRoute, http2Route, grpcRoute, tcpRoute, got: none"),
    (ROUTE, {"httpRoute": HTTP, "http2Route": HTTP}, "got: httpRoute, http2Route"),
    (ROUTE, route_spec("n", method="GET"), "exactly one of prefix, path"),
    (ROUTE, route_spec("n", prefix="/", path={"exact": "/"}), "exactly one of prefix, path"),
    (ROUTE, route_spec("n", prefix="users"), "prefix must begin with /"),
    (ROUTE, route_spec("n", path={}), "exactly one of exact, regex"),
    (ROUTE, route_spec("n", path={"exact": "x"}), "exact must begin with /"),
    (ROUTE, route_spec("n", path={"regex": "("}), "not a regular expression"),
    (ROUTE, route_spec("n", path={"regex": "(?!x)/y"}), "look-around"),
    (ROUTE, route_spec("n", prefix="/", headers=[{"name": "h", "match": {"regex": r"(a)\1"}}]), "back-reference"),
    (
        ROUTE,
        route_spec("n", prefix="/", headers=[{"name": "h", "match": {"range": {"start": 5, "end": 5}}}]),
        "end 5 must be greater than start 5",
    ),
    (ROUTE, route_spec("n", member="grpcRoute", methodName="Get"), "methodName needs"),
    (ROUTE, {"httpRoute": {**HTTP, "retryPolicy": RETRY}}, "at least one retry event"),
    (ROUTE, {"httpRoute": {**HTTP, "retryPolicy": {**RETRY, "httpRetryEvents": ["x"]}}}, "httpRetryEvents must be of"),
    (
        ROUTE,
        {"httpRoute": {**HTTP, "action": {"weightedTargets": [SECOND_WEIGHT, SECOND_WEIGHT]}}},
        "weights add up to 120",
    ),
    (GATEWAY_ROUTE, {}, "exactly one of httpRoute, http2Route, grpcRoute"),
    (GATEWAY_ROUTE, gateway_route_spec("s", method="GET"), "at least one of prefix, path, hostname"),
    (GATEWAY_ROUTE, gateway_route_spec("s", prefix="/", path={"exact": "/"}), "both prefix and path"),
    (GATEWAY_ROUTE, gateway_route_spec("s", hostname={"exact": "a", "suffix": "b"}), "exactly one of exact, suffix"),
    (GATEWAY_ROUTE, gateway_route_spec("s", prefix="/aws-appmesh/x"), "must not begin with /aws-appmesh"),
    (GATEWAY_ROUTE, gateway_route_spec("s", member="grpcRoute", port=1), "at least one of serviceName, hostname"),
    (
        GATEWAY_ROUTE,
        gateway_route_spec("s", member="grpcRoute", serviceName="aws.appmesh.X"),
        "must not begin with aws.",
    ),
    (GATEWAY_ROUTE, rewrite({"prefix": "/"}, prefix={"value": "x"}), "must begin and end with /"),
    (GATEWAY_ROUTE, rewrite({"prefix": "/"}, prefix={}), "exactly one of defaultPrefix, value"),
    (GATEWAY_ROUTE, rewrite({"prefix": "/"}, prefix={"value": "/"}, path={"exact": "/"}), "both prefix and path"),
    (GATEWAY_ROUTE, rewrite({"prefix": "/"}, path={"exact": "/"}), "needs a match on path"),
]


@pytest.mark.parametrize(("kind", "spec", "problem"), REFUSED)
def test_refused(kind: Kind, spec: dict[str, Any], problem: str) -> None:
    assert any(problem in found for found in spec_problems(kind, spec)), spec_problems(kind, spec)


@pytest.mark.parametrize(
    ("kind", "spec"),
    [
        (VIRTUAL_NODE, {}),
        (VIRTUAL_NODE, node(connectionPool={"http": {"maxConnections": 1}}, timeout={"http": {}})),
        (ROUTE, route_spec("n", path={"regex": "/v[0-9]+/(?:a|b)"}, method="GET")),
        (ROUTE, route_spec("n", member="tcpRoute")),
        (ROUTE, route_spec("n", member="grpcRoute", serviceName="a.B", methodName="Get")),
        (ROUTE, {"httpRoute": {**HTTP, "retryPolicy": {**RETRY, "tcpRetryEvents": ["connection-error"]}}}),
        (GATEWAY_ROUTE, gateway_route_spec("s", hostname={"suffix": ".test"})),
        (GATEWAY_ROUTE, rewrite({"prefix": "/a/"}, prefix={"value": "/b/"}, hostname={})),
    ],
)
def test_accepted(kind: Kind, spec: dict[str, Any]) -> None:
    assert spec_problems(kind, spec) == []
