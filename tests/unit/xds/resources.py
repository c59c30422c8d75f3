"""Small snapshots: each target is a cluster with endpoints, and a listener with routes to it."""

from collections.abc import Mapping

from envoy.config.cluster.v3.cluster_pb2 import Cluster
from envoy.config.core.v3.config_source_pb2 import AggregatedConfigSource, ConfigSource
from envoy.config.endpoint.v3.endpoint_pb2 import ClusterLoadAssignment
from envoy.config.listener.v3.listener_components_pb2 import Filter, FilterChain
from envoy.config.listener.v3.listener_pb2 import Listener
from envoy.config.route.v3.route_pb2 import RouteConfiguration
from envoy.extensions.filters.network.http_connection_manager.v3.http_connection_manager_pb2 import (
    HttpConnectionManager,
    Rds,
)
from google.protobuf.any_pb2 import Any
from google.protobuf.duration_pb2 import Duration

from meshrig.xds.snapshot import Snapshot

ADS = ConfigSource(ads=AggregatedConfigSource())


def cluster(name: str, version: int = 0) -> Cluster:
    return Cluster(
        name=name,
        type=Cluster.EDS,
        eds_cluster_config=Cluster.EdsClusterConfig(eds_config=ADS),
        connect_timeout=Duration(seconds=version + 1),
    )


def endpoints(name: str, version: int = 0) -> ClusterLoadAssignment:
    policy = ClusterLoadAssignment.Policy(endpoint_stale_after=Duration(seconds=version + 1))
    return ClusterLoadAssignment(cluster_name=name, policy=policy)


def listener(name: str, routes: str, version: int = 0) -> Listener:
    hcm = HttpConnectionManager(stat_prefix=str(version), rds=Rds(route_config_name=routes, config_source=ADS))
    config = Any()
    config.Pack(hcm)
    return Listener(name=name, filter_chains=[FilterChain(filters=[Filter(name="hcm", typed_config=config)])])


def snapshot(targets: Mapping[str, int], endpoint_version: int = 0) -> Snapshot:
    """Target name -> version of its cluster, listener and routes."""
    return Snapshot(
        listeners={f"on-{name}": listener(f"on-{name}", f"to-{name}", version) for name, version in targets.items()},
        clusters={name: cluster(name, version) for name, version in targets.items()},
        endpoints={name: endpoints(name, endpoint_version) for name in targets},
        routes={
            f"to-{name}": RouteConfiguration(name=f"to-{name}", internal_only_headers=[str(version)])
            for name, version in targets.items()
        },
    )
