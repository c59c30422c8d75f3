"""A virtual node's ingress: one Envoy listener for all its listeners, and the application behind it."""

from collections.abc import Mapping

from envoy.config.cluster.v3 import cluster_pb2
from envoy.config.listener.v3 import listener_components_pb2, listener_pb2
from envoy.config.route.v3 import route_pb2

from meshrig.compile.access_log import build_access_logs
from meshrig.compile.appmesh_names import (
    INGRESS_LISTENER,
    INGRESS_PORT,
    ingress_cluster_name,
    ingress_route_name,
    listener_stat_prefix,
)
from meshrig.compile.cluster import build_ingress_cluster
from meshrig.compile.http_connection_manager import as_network_filter, build_mesh_http_connection_manager
from meshrig.compile.listener_filter import build_original_dst_filter, build_tls_inspector_filter
from meshrig.compile.parts import Parts
from meshrig.compile.route import build_ingress_route, build_route_configuration, build_virtual_host
from meshrig.compile.secret import NodeIdentity
from meshrig.compile.tls import Secured, build_listener_tls
from meshrig.compile.wire import socket_address
from meshrig.errors import InvalidInputError, Problem
from meshrig.model.appmesh import Listener, VirtualNode
from meshrig.model.plan import Endpoint, ListenerPlacement

_LOCAL = "127.0.0.1"


def build_ingress_side(node: VirtualNode, identity: NodeIdentity, placement: ListenerPlacement | None) -> Parts:
    """Nothing for a virtual node without listeners: it is a client only."""
    if not node.spec.listeners:
        return Parts()
    ports = _ports(node, placement)
    secured = {listener.port_mapping.port: _secure(listener, identity) for listener in node.spec.listeners}
    return Parts(
        listeners=(_build_listener(node, ports, secured, placement),),
        routes=tuple(_build_routes(listener, identity) for listener in node.spec.listeners),
        clusters=tuple(_build_cluster(listener, identity, ports) for listener in node.spec.listeners),
        secrets=tuple(secret for each in secured.values() if each for secret in each.secrets),
    )


def _ports(node: VirtualNode, placement: ListenerPlacement | None) -> Mapping[int, tuple[int, int]]:
    """Listener port -> (port the sidecar sees connections on, port of the application)."""
    declared = [listener.port_mapping.port for listener in node.spec.listeners]
    if placement is None:
        return {port: (port, port) for port in declared}
    problems = [
        Problem(f"no pod container answers listener port {port}", node.origin.child("Spec.Listeners"))
        for port in declared
        if port not in placement.inbound
    ]
    if problems:
        raise InvalidInputError(problems)
    return {port: placement.inbound[port] for port in declared}


def _secure(listener: Listener, identity: NodeIdentity) -> Secured | None:
    serves_tls = listener.tls is not None and listener.tls.mode != "DISABLED"
    return build_listener_tls(listener.tls, identity) if listener.tls and serves_tls else None


def _build_listener(
    node: VirtualNode,
    ports: Mapping[int, tuple[int, int]],
    secured: Mapping[int, Secured | None],
    placement: ListenerPlacement | None,
) -> listener_pb2.Listener:
    filters = [] if placement else [build_original_dst_filter()]
    if any(secured.values()):
        filters.append(build_tls_inspector_filter())
    address = placement.address if placement else "0.0.0.0"
    bound = sorted(sidecar for sidecar, _ in ports.values()) if placement else [INGRESS_PORT]
    chains = [
        chain
        for listener in node.spec.listeners
        for chain in _build_chains(node, listener, ports, secured[listener.port_mapping.port])
    ]
    return listener_pb2.Listener(
        name=INGRESS_LISTENER,
        stat_prefix=listener_stat_prefix(INGRESS_PORT),
        address=socket_address(Endpoint(address, bound[0])),
        additional_addresses=[{"address": socket_address(Endpoint(address, port))} for port in bound[1:]],
        listener_filters=filters,
        filter_chains=chains,
        traffic_direction="INBOUND",
    )


def _build_chains(
    node: VirtualNode, listener: Listener, ports: Mapping[int, tuple[int, int]], secured: Secured | None
) -> list[listener_components_pb2.FilterChain]:
    """One chain, or for PERMISSIVE two: TLS and plaintext on the same port."""
    port = listener.port_mapping.port
    several = len(node.spec.listeners) > 1
    prefix = f"ingress.{listener.port_mapping.protocol}.{port}" if several else "ingress"
    logs = build_access_logs(node.spec.logging)
    manager = build_mesh_http_connection_manager(prefix, ingress_route_name(port), logs)
    permissive = listener.tls is not None and listener.tls.mode == "PERMISSIVE"
    chain = listener_components_pb2.FilterChain(
        filter_chain_match={"destination_port": {"value": ports[port][0]}}, filters=[as_network_filter(manager)]
    )
    if secured is None:
        return [chain]
    encrypted = listener_components_pb2.FilterChain()
    encrypted.CopyFrom(chain)
    encrypted.transport_socket.CopyFrom(secured.socket)
    if not permissive:
        return [encrypted]
    encrypted.filter_chain_match.transport_protocol = "tls"
    chain.filter_chain_match.transport_protocol = "raw_buffer"
    return [encrypted, chain]


def _build_routes(listener: Listener, identity: NodeIdentity) -> route_pb2.RouteConfiguration:
    cluster = ingress_cluster_name(identity.mesh, identity.virtual_node, listener)
    timeout = listener.timeout.http if listener.timeout else None
    host = build_virtual_host("ingress", ["*"], [build_ingress_route(cluster, timeout)])
    return build_route_configuration(ingress_route_name(listener.port_mapping.port), [host])


def _build_cluster(
    listener: Listener, identity: NodeIdentity, ports: Mapping[int, tuple[int, int]]
) -> cluster_pb2.Cluster:
    application = Endpoint(_LOCAL, ports[listener.port_mapping.port][1])
    pool = listener.connection_pool.http if listener.connection_pool else None
    return build_ingress_cluster(
        ingress_cluster_name(identity.mesh, identity.virtual_node, listener), application, pool
    )
