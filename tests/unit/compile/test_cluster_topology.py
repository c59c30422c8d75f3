"""Services of a cluster to the addresses of their pods."""

from meshrig.compile.cluster_topology import cluster_topology
from meshrig.model.cluster import ClusterState, EndpointSlice, SliceEndpoint
from meshrig.model.kubernetes import Service, ServicePort
from meshrig.model.plan import Endpoint

HOST = "users-service.shop.svc.cluster.local"


def service(*ports: ServicePort) -> Service:
    return Service("shop", "users-service", "NodePort", {"app": "users"}, ports)


def members(name: str, *endpoints: SliceEndpoint, namespace: str = "shop", **ports: int) -> EndpointSlice:
    return EndpointSlice(namespace, name, "users-service", ports, endpoints)


def test_each_port_of_a_service_has_the_addresses_of_the_ready_pods() -> None:
    ports = (ServicePort(80, "http", "http", 30080), ServicePort(9000, 9000, "admin"))
    one = members("a", SliceEndpoint(("10.0.0.2",)), SliceEndpoint(("10.0.0.1",)), http=8080, admin=9000)
    two = members("b", SliceEndpoint(("10.0.0.3",)), http=8081)
    topology = cluster_topology(ClusterState(services=(service(*ports),), endpoint_slices=(one, two)))
    http = (Endpoint("10.0.0.1", 8080), Endpoint("10.0.0.2", 8080), Endpoint("10.0.0.3", 8081))
    assert topology.services[HOST, 80] == http
    assert topology.services[HOST, 9000] == (Endpoint("10.0.0.1", 9000), Endpoint("10.0.0.2", 9000))
    assert topology.node_ports == {30080: http}


def test_pods_that_are_not_ready_or_end_get_no_new_connections() -> None:
    slices = members(
        "a",
        SliceEndpoint(("10.0.0.1",), ready=False),
        SliceEndpoint(("10.0.0.2",), terminating=True),
        SliceEndpoint(("10.0.0.3",)),
        http=8080,
    )
    state = ClusterState(services=(service(ServicePort(80, "http", "http")),), endpoint_slices=(slices,))
    assert cluster_topology(state).services[HOST, 80] == (Endpoint("10.0.0.3", 8080),)


def test_a_service_without_pods_is_known_and_empty() -> None:
    state = ClusterState(services=(service(ServicePort(80, 8080)),))
    assert cluster_topology(state).services == {(HOST, 80): ()}


def test_the_slice_of_another_namespace_is_none_of_its() -> None:
    other = members("a", SliceEndpoint(("10.0.0.1",)), namespace="other", http=8080)
    state = ClusterState(services=(service(ServicePort(80, "http", "http")),), endpoint_slices=(other,))
    assert cluster_topology(state).services[HOST, 80] == ()
