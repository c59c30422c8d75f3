"""Compile every Envoy's configuration and say how its process starts."""

import json
from dataclasses import dataclass, replace
from pathlib import Path

from meshrig.compile.edge.gateway import compile_edge
from meshrig.compile.ingress.ingress_class import compile_ingress
from meshrig.compile.virtual_node import compile_virtual_node
from meshrig.harness.placement import PlacedPod, Placement
from meshrig.model.apigateway import GatewayModel
from meshrig.model.appmesh import MeshModel
from meshrig.model.kubernetes import ManifestSet
from meshrig.model.plan import ProcessSpec, ProxyConfig
from meshrig.names import EDGE, sidecar_name, virtual_node_id
from meshrig.runtime.process.pods import envoy_process
from meshrig.settings import Places
from meshrig.xds.bootstrap import build_bootstrap, find_envoy


@dataclass(frozen=True)
class Proxy:
    """One Envoy of the system."""

    process: str
    config: ProxyConfig
    pod: str = ""
    ports: tuple[tuple[str, int], ...] = ()


def compile_proxies(
    mesh: MeshModel, gateway: GatewayModel, manifests: ManifestSet, placement: Placement
) -> tuple[Proxy, ...]:
    """The edge, every ingress pod and every sidecar. Raises InvalidInputError for what can't be compiled."""
    edge = compile_edge(gateway, placement.edge, placement.nlb_listeners, placement.topology)
    edge_ports = {"http": placement.edge.port}
    edge_ports |= {f"nlb:{port}": endpoint.port for (_, port), endpoint in placement.nlb_listeners.items()}
    pods = [_compile_pod(placed, mesh, manifests, placement) for placed in placement.pods if placed.has_envoy]
    return (Proxy(EDGE, edge, ports=tuple(edge_ports.items())), *pods)


def _compile_pod(placed: PlacedPod, mesh: MeshModel, manifests: ManifestSet, placement: Placement) -> Proxy:
    node = placed.virtual_node or ""
    node_id = virtual_node_id(mesh.mesh.name, node, placed.pod.name)
    if placed.ingress:
        config = compile_ingress(
            mesh, node, node_id, manifests, placed.pod.ingress_class, placed.ingress, placement.topology
        )
        return Proxy(placed.pod.name, config, placed.pod.name, (("http", placed.ingress.port),))
    config = compile_virtual_node(mesh, node, node_id, placed.sidecar, placement.topology)
    assert placed.sidecar is not None
    inbound = tuple((f"inbound:{port}", pair[0]) for port, pair in placed.sidecar.inbound.items())
    ports = (*inbound, ("egress", placed.sidecar.egress_port))
    return Proxy(sidecar_name(placed.pod.name), config, placed.pod.name, ports)


def admin_socket(places: Places, process: str) -> Path:
    return places.sockets / f"{process}.sock"


def proxy_process(proxy: Proxy, places: Places) -> ProcessSpec:
    """Write the proxy's bootstrap and return how to run it; equal inputs give an equal spec."""
    admin = admin_socket(places, proxy.process)
    bootstrap = places.state / "bootstrap" / f"{proxy.process}.json"
    bootstrap.parent.mkdir(exist_ok=True)
    content = build_bootstrap(proxy.config.node_id, proxy.process, places.xds, admin)
    bootstrap.write_text(json.dumps(content, indent=1, sort_keys=True))
    spec = envoy_process(proxy.process, find_envoy(), bootstrap, admin, proxy.pod, dict(proxy.ports))
    return replace(spec, pod=proxy.pod)
