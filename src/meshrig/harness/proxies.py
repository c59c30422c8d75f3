"""Compile every Envoy's configuration, give it its certificates, and say how its process starts."""

import json
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path

from meshrig.certs.authority import CertificateAuthority, IssuedCertificate, rotation_due
from meshrig.compile.edge.gateway import compile_edge
from meshrig.compile.ingress.ingress_class import compile_ingress
from meshrig.compile.virtual_node import compile_virtual_node
from meshrig.harness.placement import PlacedPod, Placement
from meshrig.model.apigateway import GatewayModel
from meshrig.model.appmesh import MeshModel
from meshrig.model.kubernetes import ManifestSet
from meshrig.model.plan import CertificateRequest, ProcessSpec, ProxyConfig
from meshrig.names import EDGE, sidecar_name, virtual_node_id
from meshrig.runtime.process.pods import envoy_process
from meshrig.settings import Places
from meshrig.xds.bootstrap import build_bootstrap, find_envoy
from meshrig.xds.secrets import build_tls_secret, build_trust_secret
from meshrig.xds.snapshot import Snapshot


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


class Identities:
    """The certificates of this run by identity, each issued once and again when its rotation is due."""

    def __init__(self, authority: CertificateAuthority) -> None:
        self.authority = authority
        self._issued: dict[tuple[str, tuple[str, ...], tuple[str, ...]], IssuedCertificate] = {}

    def snapshot(self, config: ProxyConfig) -> Snapshot:
        """A proxy's resources together with the secrets it asks for."""
        secrets = {request.secret_name: self._secret(request) for request in config.secrets}
        return Snapshot(
            listeners=config.listeners,
            clusters=config.clusters,
            endpoints=config.endpoints,
            routes=config.routes,
            secrets=secrets,
        )

    def drop_due(self) -> bool:
        """Forget the certificates whose rotation is due, so that the next snapshot carries new ones."""
        now = datetime.now(UTC)
        due = [key for key, issued in self._issued.items() if rotation_due(issued, now)]
        for key in due:
            del self._issued[key]
        return bool(due)

    def _secret(self, request: CertificateRequest):  # type: ignore[no-untyped-def]
        if request.trust:
            return build_trust_secret(request.secret_name, self.authority.ca_pem)
        key = (request.identity, request.dns_sans, request.uri_sans)
        if key not in self._issued:
            self._issued[key] = self.authority.issue(request.identity, request.dns_sans, request.uri_sans)
        issued = self._issued[key]
        return build_tls_secret(request.secret_name, issued.cert_chain_pem, issued.private_key_pem)


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
