"""A virtual node's egress: how its application reaches its backends, and what else it may reach."""

from collections.abc import Iterable

from envoy.config.listener.v3 import listener_components_pb2, listener_pb2
from envoy.config.route.v3 import route_components_pb2, route_pb2
from google.protobuf.message import Message

from meshrig.compile.access_log import build_access_logs
from meshrig.compile.appmesh_names import (
    EGRESS_LISTENER,
    EGRESS_PORT,
    allow_all_cluster_name,
    amazonaws_cluster_name,
    egress_route_name,
    listener_stat_prefix,
)
from meshrig.compile.backend import Backends
from meshrig.compile.cluster import build_egress_cluster, build_forward_proxy_cluster, build_original_dst_cluster
from meshrig.compile.dynamic_forward_proxy import build_dynamic_forward_proxy_filter
from meshrig.compile.endpoint import build_load_assignment
from meshrig.compile.http_connection_manager import as_network_filter, build_mesh_http_connection_manager
from meshrig.compile.listener_filter import build_original_dst_filter, build_tls_inspector_filter
from meshrig.compile.parts import Parts
from meshrig.compile.route import build_egress_route, build_route_configuration, build_virtual_host
from meshrig.compile.tcp_proxy import build_tcp_proxy
from meshrig.compile.wire import socket_address
from meshrig.model.appmesh import Logging
from meshrig.model.plan import Endpoint, ListenerPlacement, Topology

_HTTP_PORT = 80
_TLS_PORT = 443
_ANYWHERE = [{"address_prefix": "0.0.0.0", "prefix_len": {"value": 0}}]


def build_backend_clusters(backends: Backends, topology: Topology) -> Parts:
    """A cluster per target, and its endpoints where the topology knows the name and port."""
    clusters: list[Message] = []
    endpoints: list[Message] = []
    for target in backends.targets:
        found = topology.services.get((target.hostname, target.port))
        clusters.append(build_egress_cluster(target, eds=found is not None))
        if found is not None:
            endpoints.append(build_load_assignment(target.cluster, found))
    secrets = tuple(secret for target in backends.targets if target.secured for secret in target.secured.secrets)
    return Parts(clusters=tuple(clusters), endpoints=tuple(endpoints), secrets=secrets, warnings=backends.warnings)


def build_forward_proxy_side(
    mesh: str, backends: Backends, allow_all: bool, placement: ListenerPlacement, logging: Logging | None
) -> Parts:
    """The application's HTTP proxy: without redirected traffic the port dialled is known from the Host header only.

    One route table serves all ports; it keeps App Mesh's name while there is one port, and with several takes the name
    App Mesh gave to the one table of a virtual gateway.
    """
    ports = backends.ports
    name = egress_route_name(ports[0] if len(ports) == 1 else EGRESS_PORT)
    hosts = _build_proxied_hosts(backends)
    allowed = allow_all_cluster_name(mesh)
    if allow_all:
        hosts.append(build_virtual_host("mesh-allow-all", ["*"], [build_egress_route(allowed)]))
    filters = [build_dynamic_forward_proxy_filter()] if allow_all else []
    manager = build_mesh_http_connection_manager("egress", name, build_access_logs(logging), filters)
    listener = listener_pb2.Listener(
        name=EGRESS_LISTENER,
        stat_prefix=listener_stat_prefix(EGRESS_PORT),
        address=socket_address(Endpoint(placement.address, placement.egress_port)),
        filter_chains=[{"filters": [as_network_filter(manager)]}],
        traffic_direction="OUTBOUND",
    )
    return Parts(
        listeners=(listener,),
        routes=(build_route_configuration(name, hosts),),
        clusters=(build_forward_proxy_cluster(allowed),) if allow_all else (),
    )


def _build_proxied_hosts(backends: Backends) -> list[route_components_pb2.VirtualHost]:
    hosts = []
    for service in backends.virtual_services:
        targets = [target for target in backends.targets if target.virtual_service == service]
        if not targets:
            hosts.append(build_virtual_host(service, [service], []))
        for target in targets:
            alone = len(targets) == 1
            domains = [f"{service}:{target.port}"]
            if alone or target.port == _HTTP_PORT:
                domains.insert(0, service)
            host = service if alone else f"{service}:{target.port}"
            hosts.append(build_virtual_host(host, domains, [build_egress_route(target.cluster)]))
    return hosts


def build_redirected_side(mesh: str, backends: Backends, allow_all: bool, logging: Logging | None) -> Parts:
    """The listener that iptables redirects outbound traffic to, a chain per dialled port."""
    logs = build_access_logs(logging)
    chains = []
    for port in backends.ports:
        manager = build_mesh_http_connection_manager("egress", egress_route_name(port), logs)
        match = {"destination_port": {"value": port}}
        chains.append(
            listener_components_pb2.FilterChain(filter_chain_match=match, filters=[as_network_filter(manager)])
        )
    chains.extend(_build_passing_chains(mesh, allow_all))
    listener = listener_pb2.Listener(
        name=EGRESS_LISTENER,
        stat_prefix=listener_stat_prefix(EGRESS_PORT),
        address=socket_address(Endpoint("0.0.0.0", EGRESS_PORT)),
        listener_filters=[build_original_dst_filter(), build_tls_inspector_filter()],
        filter_chains=chains,
        traffic_direction="OUTBOUND",
    )
    passing = [amazonaws_cluster_name(mesh)] + ([allow_all_cluster_name(mesh)] if allow_all else [])
    return Parts(
        listeners=(listener,),
        routes=tuple(_build_port_routes(mesh, port, backends, allow_all) for port in backends.ports),
        clusters=tuple(build_original_dst_cluster(name) for name in passing),
    )


def _build_passing_chains(mesh: str, allow_all: bool) -> Iterable[listener_components_pb2.FilterChain]:
    """AWS's own services always pass; with ALLOW_ALL everything does, 443 by a chain of its own since the matcher
    would otherwise end at the chain for AWS."""
    tls_port = {"value": _TLS_PORT}
    aws = {"prefix_ranges": _ANYWHERE, "destination_port": tls_port, "server_names": ["*.amazonaws.com"]}
    matches = [(aws, amazonaws_cluster_name(mesh))]
    if allow_all:
        allowed = allow_all_cluster_name(mesh)
        matches.append(({"prefix_ranges": _ANYWHERE, "destination_port": tls_port}, allowed))
        matches.append(({"prefix_ranges": _ANYWHERE}, allowed))
    for match, cluster in matches:
        yield listener_components_pb2.FilterChain(
            filter_chain_match=match, filters=[build_tcp_proxy("egress", cluster)]
        )


def _build_port_routes(mesh: str, port: int, backends: Backends, allow_all: bool) -> route_pb2.RouteConfiguration:
    hosts = [
        build_virtual_host(
            target.virtual_service,
            [target.virtual_service, f"{target.virtual_service}:{port}"],
            [build_egress_route(target.cluster)],
        )
        for target in backends.targets
        if target.port == port
    ]
    if allow_all:
        routes = [build_egress_route(allow_all_cluster_name(mesh))]
        hosts.append(build_virtual_host("mesh-allow-all", ["*"], routes))
    return build_route_configuration(egress_route_name(port), hosts)
