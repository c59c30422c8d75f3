"""What must exist, what may not be deleted, and which ports and protocols must agree."""

from typing import Any

import pytest
from appmesh_specs import MeshUnderTest, gateway_route_spec, mesh_under_test, route_spec

from meshrig_localstack.appmesh.errors import BadRequestException, NotFoundException, ResourceInUseException


@pytest.fixture
def mesh() -> MeshUnderTest:
    """users.test is routed by a router to node users, orders.test is node orders; a gateway leads to users.test."""
    under_test = mesh_under_test()
    under_test.node("users", 80)
    under_test.node("orders", 81)
    under_test.router("users", 80)
    under_test.route("users", "all", route_spec("users"))
    under_test.service("users.test", virtualRouter="users")
    under_test.service("orders.test", virtualNode="orders")
    under_test.gateway("edge", 8080)
    under_test.gateway_route("edge", "users", gateway_route_spec("users.test"))
    return under_test


@pytest.mark.parametrize(
    ("operation", "names", "user"),
    [
        ("DeleteMesh", {}, "VirtualNode users"),
        ("DeleteVirtualNode", {"virtualNodeName": "users"}, "Route all"),
        ("DeleteVirtualNode", {"virtualNodeName": "orders"}, "VirtualService orders.test"),
        ("DeleteVirtualRouter", {"virtualRouterName": "users"}, "Route all, VirtualService users.test"),
        ("DeleteVirtualService", {"virtualServiceName": "users.test"}, "GatewayRoute users"),
        ("DeleteVirtualGateway", {"virtualGatewayName": "edge"}, "GatewayRoute users"),
    ],
)
def test_a_resource_in_use_stays(mesh: MeshUnderTest, operation: str, names: dict[str, str], user: str) -> None:
    with pytest.raises(ResourceInUseException, match=user):
        mesh.call(operation, **names)


def test_deleting_in_order_works(mesh: MeshUnderTest) -> None:
    mesh.call("DeleteGatewayRoute", virtualGatewayName="edge", gatewayRouteName="users")
    mesh.call("DeleteVirtualGateway", virtualGatewayName="edge")
    mesh.call("DeleteVirtualService", virtualServiceName="users.test")
    mesh.call("DeleteVirtualService", virtualServiceName="orders.test")
    mesh.call("DeleteRoute", virtualRouterName="users", routeName="all")
    mesh.call("DeleteVirtualRouter", virtualRouterName="users")
    mesh.call("DeleteVirtualNode", virtualNodeName="users")
    mesh.call("DeleteVirtualNode", virtualNodeName="orders")
    assert mesh.call("DeleteMesh")["mesh"]["status"] == {"status": "DELETED"}


def test_a_backend_need_not_exist_and_does_not_hold_its_service(mesh: MeshUnderTest) -> None:
    backends = [{"virtualService": {"virtualServiceName": name}} for name in ("later.test", "orders.test")]
    mesh.call("CreateVirtualNode", virtualNodeName="client", spec={"backends": backends})
    mesh.call("DeleteVirtualService", virtualServiceName="orders.test")


@pytest.mark.parametrize(
    ("operation", "request_", "missing"),
    [
        ("CreateVirtualNode", {"meshName": "no", "virtualNodeName": "x", "spec": {}}, "Mesh no"),
        ("CreateRoute", {"virtualRouterName": "no", "routeName": "x", "spec": route_spec("users")}, "VirtualRouter no"),
        (
            "CreateRoute",
            {"virtualRouterName": "users", "routeName": "x", "spec": route_spec("no", "users", "none")},
            "VirtualNode no, VirtualNode none",
        ),
        (
            "CreateGatewayRoute",
            {"virtualGatewayName": "edge", "gatewayRouteName": "x", "spec": gateway_route_spec("no")},
            "VirtualService no",
        ),
        (
            "UpdateVirtualService",
            {
                "virtualServiceName": "users.test",
                "spec": {"provider": {"virtualRouter": {"virtualRouterName": "no"}}},
            },
            "VirtualRouter no",
        ),
    ],
)
def test_what_is_named_must_exist(mesh: MeshUnderTest, operation: str, request_: dict[str, Any], missing: str) -> None:
    with pytest.raises(NotFoundException, match=missing):
        mesh.call(operation, **request_)


def test_route_protocol_is_the_routers_and_the_nodes(mesh: MeshUnderTest) -> None:
    with pytest.raises(BadRequestException) as refused:
        mesh.route("users", "h2", route_spec("users", member="http2Route"))
    assert "the route's protocol is http2, but the listener's of VirtualRouter users is http" in str(refused.value)
    assert "the route's protocol is http2, but the listener's of VirtualNode users is http" in str(refused.value)


def test_a_node_without_listener_takes_no_traffic(mesh: MeshUnderTest) -> None:
    mesh.node("client")
    with pytest.raises(BadRequestException, match="VirtualNode client has no listener"):
        mesh.route("users", "x", route_spec("client"))


def test_ports_where_there_are_several_listeners(mesh: MeshUnderTest) -> None:
    mesh.router("two", 80, 81)
    mesh.node("two", 90, 91)
    with pytest.raises(BadRequestException) as refused:
        mesh.route("two", "x", route_spec("two"))
    assert "spec.httpRoute.match.port is required because VirtualRouter two" in str(refused.value)
    assert "weightedTargets.1.member.port is required because VirtualNode two" in str(refused.value)
    spec = route_spec("two", prefix="/", port=82)
    spec["httpRoute"]["action"]["weightedTargets"][0]["port"] = 90
    with pytest.raises(BadRequestException, match=r"match\.port is 82, but VirtualRouter two listens on 80, 81"):
        mesh.route("two", "x", spec)
    spec["httpRoute"]["match"]["port"] = 81
    assert mesh.route("two", "x", spec)["spec"] == spec


def test_gateway_route_protocol_and_target_port(mesh: MeshUnderTest) -> None:
    with pytest.raises(BadRequestException, match="listener's of VirtualGateway edge is http"):
        mesh.gateway_route("edge", "x", gateway_route_spec("users.test", member="http2Route"))
    spec = gateway_route_spec("users.test")
    spec["httpRoute"]["action"]["target"]["port"] = 99
    with pytest.raises(BadRequestException, match=r"target\.port is 99, but VirtualRouter users listens on 80"):
        mesh.gateway_route("edge", "x", spec)


def test_a_listeners_protocol_can_be_changed_step_by_step(mesh: MeshUnderTest) -> None:
    listener = {"portMapping": {"port": 80, "protocol": "http2"}}
    spec = {"listeners": [listener], "serviceDiscovery": {"dns": {"hostname": "users.test"}}}
    mesh.call("UpdateVirtualNode", virtualNodeName="users", spec=spec)
    mesh.call("UpdateVirtualRouter", virtualRouterName="users", spec={"listeners": [listener]})
    changed = route_spec("users", member="http2Route")
    assert (
        mesh.call("UpdateRoute", virtualRouterName="users", routeName="all", spec=changed)["route"]["spec"] == changed
    )
