"""Clusters of integrations: the listeners of network load balancers, and hosts of the Internet."""

from collections.abc import Mapping

from envoy.config.cluster.v3 import cluster_pb2
from envoy.config.core.v3 import base_pb2
from envoy.extensions.transport_sockets.tls.v3 import tls_pb2

from meshrig.compile.edge.integration_target import IntegrationTarget
from meshrig.compile.endpoint import build_load_assignment
from meshrig.compile.wire import milliseconds, named
from meshrig.model.apigateway import GatewayModel
from meshrig.model.plan import Endpoint

_CONNECT_MS = 5_000
_UNLIMITED = {"value": 2_147_483_647}
PUBLIC_AUTHORITIES = "/etc/ssl/certs/ca-certificates.crt"


def find_nlb_listener(
    gateway: GatewayModel, target: IntegrationTarget, placed: Mapping[tuple[str, int], Endpoint]
) -> Endpoint | None:
    """The URI's port picks the listener of the link's load balancer; its host picks nothing (specification 6.8)."""
    return placed.get((gateway.vpc_links[target.link].load_balancer_arn, target.port))


def build_integration_cluster(
    target: IntegrationTarget, listener: Endpoint | None, authorities: str
) -> cluster_pb2.Cluster:
    """Without a listener behind a link the cluster is empty: callers get the network error that AWS gives."""
    cluster = cluster_pb2.Cluster(
        name=target.cluster,
        connect_timeout=milliseconds(_CONNECT_MS),
        circuit_breakers={
            "thresholds": [
                {"max_connections": _UNLIMITED, "max_pending_requests": _UNLIMITED, "max_requests": _UNLIMITED}
            ]
        },
    )
    if target.link:
        cluster.type = cluster_pb2.Cluster.STATIC
        endpoints = [listener] if listener else []
    else:
        cluster.type = cluster_pb2.Cluster.LOGICAL_DNS
        cluster.dns_lookup_family = cluster_pb2.Cluster.V4_PREFERRED
        endpoints = [Endpoint(target.host, target.port)]
    cluster.load_assignment.CopyFrom(build_load_assignment(target.cluster, endpoints))
    if target.tls:
        cluster.transport_socket.CopyFrom(_build_public_tls(target.host, authorities))
    return cluster


def _build_public_tls(host: str, authorities: str) -> base_pb2.TransportSocket:
    context = tls_pb2.UpstreamTlsContext(
        sni=host,
        common_tls_context={
            "validation_context": {
                "trusted_ca": {"filename": authorities},
                "match_typed_subject_alt_names": [{"san_type": "DNS", "matcher": {"exact": host}}],
            }
        },
    )
    return base_pb2.TransportSocket(**named("envoy.transport_sockets.tls", context))
