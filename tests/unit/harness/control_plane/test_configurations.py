"""What every Envoy gets, and what definitions that can't be compiled change: nothing."""

from collections.abc import Iterable
from dataclasses import replace

from meshrig.harness.control_plane.configurations import MeshConfiguration, Role, configure_mesh
from meshrig.model.appmesh import MeshModel
from meshrig.model.cluster import ClusterState
from meshrig.names import virtual_node_id
from meshrig.read.cluster.objects import (
    read_endpoint_slice,
    read_ingress,
    read_namespace,
    read_pod,
    read_service,
)
from tests.golden import mesh as ms
from tests.unit.harness.control_plane import objects as ob

BROKEN = replace(ms.shop(), virtual_services={})


def cluster(
    pods: Iterable[ob.Object], path: str = "/users", users: Iterable[str] = ("10.1.0.1",), mesh: bool = True
) -> ClusterState:
    shop = read_namespace(ob.namespace("shop", mesh=mesh))
    services = tuple(read_service(ob.service(f"{name}-service")) for name in ("orders", "products", "users"))
    return ClusterState(
        pods=tuple(read_pod(each) for each in pods),
        services=services,
        endpoint_slices=(read_endpoint_slice(ob.endpoint_slice("users-service", *users)),),
        ingresses=(read_ingress(ob.ingress(path)),),
        namespaces={"shop": shop},
    )


PODS = [ob.pod("users-1", "users"), ob.pod("users-2", "users"), ob.pod("orders-1", "orders")]


def endpoints(configuration: MeshConfiguration, role: str) -> list[str]:
    assignment = configuration.proxies[Role(role)].endpoints["cds_egress_shop_users_http_8080"]
    return [
        endpoint.endpoint.address.socket_address.address
        for group in assignment.endpoints  # type: ignore[attr-defined]
        for endpoint in group.lb_endpoints
    ]


def test_pods_of_one_virtual_node_share_one_configuration() -> None:
    made = configure_mesh(ms.shop(), cluster(PODS), None)
    one, two = (made.proxy_of(virtual_node_id("shop", "users", f"users-{n}.shop")) for n in (1, 2))
    assert one is not None
    assert one is two
    assert set(one.listeners) == {"lds_ingress_0.0.0.0_15000", "lds_egress_0.0.0.0_15001"}
    assert made.problems == ()


def test_an_ingress_pod_listens_where_its_container_does() -> None:
    pods = [*PODS, ob.pod("ingress-1", "ingress", ingress_class="nginx")]
    made = configure_mesh(ms.shop(), cluster(pods), None)
    proxy = made.proxy_of(virtual_node_id("shop", "ingress", "ingress-1.shop"))
    assert proxy is not None
    listener = proxy.listeners["ingress_http_8080"]
    assert listener.address.socket_address.address == "0.0.0.0"  # type: ignore[attr-defined]


def test_pods_outside_of_mesh_namespaces_and_finished_ones_get_nothing() -> None:
    assert configure_mesh(ms.shop(), cluster(PODS, mesh=False), None).pods == {}
    finished = [ob.pod("users-1", "users", phase="Succeeded"), ob.pod("plain")]
    assert configure_mesh(ms.shop(), cluster(finished), None).pods == {}


def test_a_pod_whose_annotation_was_changed_later_gets_nothing() -> None:
    pods = [ob.pod("plain", "users", runs=""), ob.pod("orders-1", "users", runs="orders")]
    assert not configure_mesh(ms.shop(), cluster(pods), None).pods


def test_a_mesh_that_can_t_be_compiled_leaves_the_last_good_one_with_todays_endpoints() -> None:
    good = configure_mesh(ms.shop(), cluster(PODS), None)
    kept = configure_mesh(BROKEN, cluster(PODS, users=["10.1.0.7"]), good)
    assert kept.definitions == good.definitions
    assert any("is no virtual service" in problem for problem in kept.problems)
    assert endpoints(kept, "orders") == ["10.1.0.7"]
    mended = configure_mesh(ms.shop(), cluster(PODS), kept)
    assert mended.problems == ()


def test_a_broken_ingress_leaves_the_one_before() -> None:
    pods = [*PODS, ob.pod("ingress-1", "ingress", ingress_class="nginx")]
    good = configure_mesh(ms.shop(), cluster(pods), None)
    kept = configure_mesh(ms.shop(), cluster(pods, path="users"), good)
    role = Role("ingress", "nginx", 8080)
    assert kept.proxies[role].routes == good.proxies[role].routes
    assert any("must begin with /" in problem for problem in kept.problems)


def test_at_the_start_the_good_part_of_definitions_is_served() -> None:
    made = configure_mesh(BROKEN, cluster(PODS), None)
    assert Role("users") in made.proxies
    assert Role("orders") not in made.proxies
    assert made.problems


def test_a_pod_whose_virtual_node_is_gone_is_named_and_stops_nothing() -> None:
    good = configure_mesh(ms.shop(), cluster(PODS), None)
    nodes = {name: node for name, node in ms.shop().virtual_nodes.items() if name in ("users", "products")}
    smaller: MeshModel = replace(ms.shop(), virtual_nodes=nodes)
    made = configure_mesh(smaller, cluster(PODS), good)
    assert made.definitions.mesh == smaller
    assert made.proxy_of(virtual_node_id("shop", "orders", "orders-1.shop")) is None
    assert any("orders-1" in problem for problem in made.problems)


def test_what_did_not_change_is_not_compiled_again() -> None:
    first = configure_mesh(ms.shop(), cluster(PODS), None)
    second = configure_mesh(ms.shop(), cluster([*PODS, ob.pod("users-3", "users")]), first)
    assert second.proxies[Role("users")] is first.proxies[Role("users")]
    third = configure_mesh(ms.shop(), cluster(PODS, users=["10.1.0.9"]), second)
    assert third.proxies[Role("orders")] is not first.proxies[Role("orders")]
