from pathlib import Path

from meshrig.harness.placement import place
from meshrig.model.apigateway import GatewayModel, LoadBalancer, NlbListener
from meshrig.model.appmesh import (
    DnsServiceDiscovery,
    Listener,
    Mesh,
    MeshModel,
    PortMapping,
    ServiceDiscovery,
    VirtualNode,
    VirtualNodeSpec,
)
from meshrig.model.kubernetes import (
    Container,
    ContainerPort,
    Deployment,
    ManifestSet,
    PodTemplate,
    Service,
    ServicePort,
)
from meshrig.model.plan import Endpoint
from meshrig.runtime.process.ports import PortAllocator

HOSTNAME = "web-service.shop.svc.cluster.local"
DISCOVERY = ServiceDiscovery(dns=DnsServiceDiscovery(HOSTNAME))
NODE = VirtualNode(
    "web", VirtualNodeSpec(listeners=(Listener(PortMapping(8080, "http")),), service_discovery=DISCOVERY)
)
MESH = MeshModel(Mesh("shop"), {"web": NODE})
BALANCER = LoadBalancer("arn:nlb", "nlb", "nlb.local", (NlbListener(80, "TCP", "arn:tg"),))


def deployment(name: str, replicas: int = 1, annotations: dict[str, str] | None = None) -> Deployment:
    container = Container(name, name, ports=(ContainerPort(8080, "http"),))
    template = PodTemplate({"app": name}, annotations or {}, (container,))
    return Deployment("shop", name, replicas, {"app": name}, template)


def service(name: str, app: str, port: ServicePort) -> Service:
    return Service("shop", name, "ClusterIP", {"app": app}, (port,))


MANIFESTS = ManifestSet(
    deployments=(
        deployment("web", 2),
        deployment("ingress", 1, {"meshrig.io/ingress-class": "nginx"}),
        deployment("db"),
    ),
    services=(
        service("web-service", "web", ServicePort(8080, "http")),
        service("ingress", "ingress", ServicePort(80, "http", node_port=30080)),
        service("db", "db", ServicePort(5432, 8080)),
    ),
)


def test_callers_reach_a_meshed_service_through_its_sidecars(tmp_path: Path) -> None:
    placement = place(MESH, GatewayModel(), MANIFESTS, PortAllocator(tmp_path / "ports.json"))
    first, second, *_ = placement.pods
    assert (first.virtual_node, first.pod.name, second.pod.name) == ("web", "web-0", "web-1")
    sidecars = tuple(Endpoint("127.0.0.1", p.sidecar.inbound[8080][0]) for p in (first, second) if p.sidecar)
    assert placement.topology.services[HOSTNAME, 8080] == sidecars
    assert first.sidecar is not None
    assert first.sidecar.inbound[8080][1] == first.pod.ports[8080]


def test_a_node_port_reaches_the_ingress_and_a_pod_outside_the_mesh_itself(tmp_path: Path) -> None:
    placement = place(MESH, GatewayModel(), MANIFESTS, PortAllocator(tmp_path / "ports.json"))
    ingress, db = placement.pods[2:]
    assert placement.topology.node_ports[30080] == (ingress.ingress,)
    assert db.virtual_node is None
    assert placement.topology.services["db.shop.svc.cluster.local", 5432] == (
        Endpoint("127.0.0.1", db.pod.ports[8080]),
    )


def test_every_load_balancer_listener_has_a_port_and_no_port_is_given_twice(tmp_path: Path) -> None:
    gateway = GatewayModel(load_balancers={BALANCER.arn: BALANCER})
    placement = place(MESH, gateway, MANIFESTS, PortAllocator(tmp_path / "ports.json"))
    assert set(placement.nlb_listeners) == {("arn:nlb", 80)}
    ports = [placement.edge.port, placement.nlb_listeners["arn:nlb", 80].port]
    for placed in placement.pods:
        ports += placed.pod.ports.values()
        if placed.sidecar:
            ports += [placed.sidecar.egress_port, placed.sidecar.inbound[8080][0]]
    assert len(set(ports)) == len(ports)
