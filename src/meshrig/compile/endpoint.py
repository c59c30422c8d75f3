"""ClusterLoadAssignment: the addresses behind a cluster."""

from collections.abc import Iterable

from envoy.config.endpoint.v3 import endpoint_pb2

from meshrig.compile.wire import socket_address
from meshrig.model.plan import Endpoint


def build_load_assignment(cluster: str, endpoints: Iterable[Endpoint]) -> endpoint_pb2.ClusterLoadAssignment:
    """One locality with the endpoints in address order; no locality at all when there are none."""
    ordered = sorted(set(endpoints), key=lambda endpoint: (endpoint.address, endpoint.port))
    members = [{"endpoint": {"address": socket_address(endpoint)}} for endpoint in ordered]
    return endpoint_pb2.ClusterLoadAssignment(
        cluster_name=cluster, endpoints=[{"lb_endpoints": members}] if members else []
    )
