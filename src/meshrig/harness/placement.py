"""Decide which loopback port everything gets, and from that where each Service answers."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from meshrig.compile.membership import find_virtual_node
from meshrig.model.apigateway import GatewayModel
from meshrig.model.appmesh import MeshModel
from meshrig.model.kubernetes import ManifestSet
from meshrig.model.plan import Endpoint, ListenerPlacement, Topology
from meshrig.names import EDGE
from meshrig.runtime.process.pods import Pod, plan_pods
from meshrig.runtime.process.ports import PortAllocator
from meshrig.settings import EDGE_PORT, LOOPBACK


@dataclass(frozen=True)
class PlacedPod:
    """A pod, the virtual node it runs as, and its sidecar's ports; ``ingress`` is where an ingress pod listens."""

    pod: Pod
    virtual_node: str | None = None
    sidecar: ListenerPlacement | None = None
    ingress: Endpoint | None = None

    @property
    def has_envoy(self) -> bool:
        return self.sidecar is not None or self.ingress is not None

    def answers(self, container_port: int) -> Endpoint | None:
        """Where callers reach that port of the pod: its sidecar if one guards the port, else the application."""
        if self.ingress:
            return self.ingress
        if self.sidecar and container_port in self.sidecar.inbound:
            return Endpoint(LOOPBACK, self.sidecar.inbound[container_port][0])
        port = self.pod.ports.get(container_port)
        return Endpoint(LOOPBACK, port) if port else None


@dataclass(frozen=True)
class Placement:
    """Everything's place: pods, the edge's listener and the listeners of load balancers by (ARN, port)."""

    pods: tuple[PlacedPod, ...]
    edge: Endpoint
    nlb_listeners: Mapping[tuple[str, int], Endpoint] = field(default_factory=dict)
    topology: Topology = field(default_factory=Topology)


def place(mesh: MeshModel, gateway: GatewayModel, manifests: ManifestSet, ports: PortAllocator) -> Placement:
    """Ports for all pods, sidecars and listeners; the same ones as last time where they are still free."""
    edge = Endpoint(LOOPBACK, ports.port(EDGE, EDGE_PORT))
    pods = tuple(_place_pod(pod, mesh, manifests, ports) for pod in plan_pods(manifests, ports))
    nlb_listeners = {
        (balancer.arn, listener.port): Endpoint(LOOPBACK, ports.port(f"nlb:{balancer.name}:{listener.port}"))
        for balancer in gateway.load_balancers.values()
        for listener in balancer.listeners
    }
    return Placement(pods, edge, nlb_listeners, _topology(pods, manifests))


def _place_pod(pod: Pod, mesh: MeshModel, manifests: ManifestSet, ports: PortAllocator) -> PlacedPod:
    node = find_virtual_node(mesh, manifests.services, pod.namespace, pod.labels, pod.annotations)
    if pod.ingress_class:
        port = next(iter(pod.ports.values()), 0) or ports.port(f"{pod.name}:ingress")
        return PlacedPod(pod, node, ingress=Endpoint(LOOPBACK, port))
    if node is None or node not in mesh.virtual_nodes:
        return PlacedPod(pod, node)
    inbound = {}
    for listener in mesh.virtual_nodes[node].spec.listeners:
        number = listener.port_mapping.port
        application = pod.ports.get(number) or number
        inbound[number] = (ports.port(f"{pod.name}:sidecar:{number}"), application)
    return PlacedPod(pod, node, ListenerPlacement(inbound, ports.port(f"{pod.name}:egress")))


def _topology(pods: tuple[PlacedPod, ...], manifests: ManifestSet) -> Topology:
    services: dict[tuple[str, int], tuple[Endpoint, ...]] = {}
    node_ports: dict[int, tuple[Endpoint, ...]] = {}
    for service in manifests.services:
        behind = [p for p in pods if service.selects(p.pod.namespace, p.pod.labels)]
        for port in service.ports:
            found = (_answer(placed, port.target_port) for placed in behind)
            endpoints = tuple(endpoint for endpoint in found if endpoint)
            services[service.hostname, port.port] = endpoints
            if port.node_port:
                node_ports[port.node_port] = endpoints
    return Topology(services, node_ports)


def _answer(placed: PlacedPod, target_port: int | str) -> Endpoint | None:
    number = placed.pod.port_number(target_port)
    return placed.answers(number) if number is not None else None
