"""Clusters of the mesh (specification, 2, 3, 6 and 9)."""

from envoy.config.cluster.v3 import circuit_breaker_pb2, cluster_pb2
from envoy.extensions.clusters.dynamic_forward_proxy.v3 import cluster_pb2 as forward_cluster_pb2
from envoy.extensions.common.dynamic_forward_proxy.v3 import dns_cache_pb2

from meshrig.compile.backend import BackendTarget
from meshrig.compile.endpoint import build_load_assignment
from meshrig.compile.health import build_health_check, build_outlier_detection
from meshrig.compile.wire import from_ads, milliseconds, pack
from meshrig.model.appmesh import HttpConnectionPool
from meshrig.model.plan import Endpoint

_UNLIMITED = 2_147_483_647
_LOCAL_CONNECT_MS = 250
_CONNECT_MS = 1_000
_DNS_FAMILIES = {"IPv4_ONLY": "V4_ONLY"}


def build_ingress_cluster(name: str, application: Endpoint, pool: HttpConnectionPool | None) -> cluster_pb2.Cluster:
    """The application behind a listener; its connection pool limits act here, on the server's side."""
    return cluster_pb2.Cluster(
        name=name,
        type="STATIC",
        connect_timeout=milliseconds(_LOCAL_CONNECT_MS),
        load_assignment=build_load_assignment(name, [application]),
        circuit_breakers=_build_circuit_breakers(pool),
    )


def build_egress_cluster(target: BackendTarget, eds: bool) -> cluster_pb2.Cluster:
    """A listener of another virtual node: endpoints over ADS with ``eds``, else looked up in DNS."""
    cluster = cluster_pb2.Cluster(
        name=target.cluster,
        connect_timeout=milliseconds(_CONNECT_MS),
        circuit_breakers=_build_circuit_breakers(None),
    )
    if eds:
        cluster.type = cluster_pb2.Cluster.EDS
        cluster.eds_cluster_config.eds_config.CopyFrom(from_ads())
    else:
        cluster.type = cluster_pb2.Cluster.STRICT_DNS if target.all_addresses else cluster_pb2.Cluster.LOGICAL_DNS
        address = Endpoint(target.hostname, target.port)
        cluster.load_assignment.CopyFrom(build_load_assignment(target.cluster, [address]))
    if family := _DNS_FAMILIES.get(target.ip_preference or ""):
        cluster.dns_lookup_family = cluster_pb2.Cluster.DnsLookupFamily.Value(family)
    if target.secured:
        cluster.transport_socket.CopyFrom(target.secured.socket)
    if target.listener.health_check:
        cluster.health_checks.append(build_health_check(target.listener.health_check))
    if target.listener.outlier_detection:
        cluster.outlier_detection.CopyFrom(build_outlier_detection(target.listener.outlier_detection))
    return cluster


def build_original_dst_cluster(name: str) -> cluster_pb2.Cluster:
    """Wherever the application was going before its traffic was redirected."""
    return cluster_pb2.Cluster(
        name=name,
        type="ORIGINAL_DST",
        lb_policy="CLUSTER_PROVIDED",
        connect_timeout=milliseconds(_CONNECT_MS),
        circuit_breakers=_build_circuit_breakers(None),
    )


def build_dns_cache() -> dns_cache_pb2.DnsCacheConfig:
    """The cache that the forward proxy's filter and cluster must name alike."""
    return dns_cache_pb2.DnsCacheConfig(name="mesh-allow-all", dns_lookup_family="V4_PREFERRED")


def build_forward_proxy_cluster(name: str) -> cluster_pb2.Cluster:
    """Whatever host the request names."""
    config = forward_cluster_pb2.ClusterConfig(dns_cache_config=build_dns_cache())
    return cluster_pb2.Cluster(
        name=name,
        lb_policy="CLUSTER_PROVIDED",
        cluster_type={"name": "envoy.clusters.dynamic_forward_proxy", "typed_config": pack(config)},
        connect_timeout=milliseconds(_CONNECT_MS),
        circuit_breakers=_build_circuit_breakers(None),
    )


def _build_circuit_breakers(pool: HttpConnectionPool | None) -> circuit_breaker_pb2.CircuitBreakers:
    pending = pool.max_pending_requests if pool and pool.max_pending_requests is not None else _UNLIMITED
    limits = {
        "max_connections": {"value": pool.max_connections if pool else _UNLIMITED},
        "max_pending_requests": {"value": pending},
        "max_requests": {"value": _UNLIMITED},
        "max_retries": {"value": _UNLIMITED},
    }
    return circuit_breaker_pb2.CircuitBreakers(thresholds=[limits])
