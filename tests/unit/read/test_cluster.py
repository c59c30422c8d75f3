"""Objects of the Kubernetes API -> the model."""

from typing import Any

from meshrig.model.cluster import ClusterNode, ClusterState, SliceEndpoint
from meshrig.model.kubernetes import ContainerPort, ServicePort
from meshrig.read.cluster.objects import (
    read_endpoint_slice,
    read_ingress,
    read_load_balancer,
    read_namespace,
    read_node,
    read_pod,
    read_service,
)
from tests.unit.harness.control_plane import objects as ob


def test_a_pod_keeps_what_the_mesh_needs() -> None:
    pod = read_pod(ob.pod("users-1", "users", "10.1.0.5", "u1"))
    assert (pod.namespace, pod.name, pod.uid, pod.ip, pod.virtual_node) == (
        "shop",
        "users-1",
        "u1",
        "10.1.0.5",
        "users",
    )
    assert pod.ports == (ContainerPort(8080, "http"),)
    assert not pod.finished
    assert read_pod(ob.pod("job", phase="Succeeded")).finished


def test_a_pod_that_has_just_been_made_has_no_address() -> None:
    value = ob.pod("users-1", "users")
    del value["status"]
    assert read_pod(value).ip == ""


def test_a_service_reads_as_from_a_manifest() -> None:
    service = read_service(ob.service("users-service", "NodePort", 80, 30080))
    assert service.hostname == "users-service.shop.svc.cluster.local"
    assert service.ports == (ServicePort(80, "http", "http", 30080),)
    assert service.selects("shop", {"app": "users"})


def test_an_ingress_reads_as_from_a_manifest() -> None:
    ingress = read_ingress(ob.ingress("/users"))
    assert ingress.class_name == "nginx"
    assert [path.path for rule in ingress.rules for path in rule.paths] == ["/users"]


def test_endpoints_say_whether_they_are_ready() -> None:
    value = ob.endpoint_slice("users-service")
    value["endpoints"] = [
        {"addresses": ["10.0.0.1"]},
        {"addresses": ["10.0.0.2"], "conditions": {"ready": False, "terminating": True}},
    ]
    value["ports"].append({"name": "dns", "port": 53, "protocol": "UDP"})
    found = read_endpoint_slice(value)
    assert found.endpoints == (SliceEndpoint(("10.0.0.1",)), SliceEndpoint(("10.0.0.2",), False, True))
    assert (found.service, found.ports) == ("users-service", {"http": 8080})
    assert read_endpoint_slice({**value, "addressType": "IPv6"}).endpoints == ()


def test_load_balancers_are_services_of_that_type_and_ingresses() -> None:
    assert read_load_balancer("Service", ob.service("a")) is None
    value: dict[str, Any] = ob.service("a", "LoadBalancer", 80)
    value["status"] = {"loadBalancer": {"ingress": [{"ip": "10.9.0.2"}]}}
    found = read_load_balancer("Service", value)
    assert found is not None
    assert (found.ports, found.addresses, found.class_name) == ((80,), ("10.9.0.2",), "")
    other = read_load_balancer("Ingress", ob.ingress())
    assert other is not None
    assert (other.kind, other.ports, other.class_name) == ("Ingress", (), "nginx")


def test_a_nodes_address_and_a_namespaces_membership() -> None:
    assert read_node(ob.node("one", "10.9.0.2")) == ClusterNode("one", "10.9.0.2")
    assert read_namespace(ob.namespace("shop", mesh=True)).in_mesh
    assert not read_namespace(ob.namespace("shop")).in_mesh
    assert not read_namespace(ob.namespace("kube-system", mesh=True)).in_mesh


def test_pods_of_the_mesh_are_those_the_webhook_let_in() -> None:
    pods = tuple(read_pod(p) for p in (ob.pod("a", "users"), ob.pod("b"), ob.pod("c", "users", namespace="wild")))
    namespaces = {n.name: n for n in (read_namespace(ob.namespace("shop", mesh=True)),)}
    state = ClusterState(pods=pods, namespaces=namespaces)
    assert [pod.name for pod in state.mesh_pods()] == ["a"]
