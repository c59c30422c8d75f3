"""The bootstrap of an injected Envoy (envoy.config.bootstrap.v3): everything but the probe port comes over ADS."""

import json
from collections.abc import Sequence
from dataclasses import dataclass

from meshrig.inject.objects import Document
from meshrig.inject.probe import ProbeTarget
from meshrig.inject.probe_listener import build_probe_clusters, build_probe_listener
from meshrig.names import CONTROL_PLANE_HOST, ENVOY_ADMIN_PORT

TOKEN_FOLDER = "/var/run/secrets/meshrig.io"
TOKEN_FILE = "token"


@dataclass(frozen=True)
class Upstream:
    """The control plane: ``address`` is ``host:port``, ``ca_pem`` what its certificate is checked against."""

    address: str
    ca_pem: str


def build_bootstrap(
    upstream: Upstream, mesh: str, virtual_node: str, targets: Sequence[ProbeTarget], stats_tags: bool = False
) -> Document:
    """Node id and cluster are arguments of the process, since they hold the pod's name."""
    # Before the control plane has answered there is nothing to run with, so wait for it however long it takes.
    ads = {"ads": {}, "resource_api_version": "V3", "initial_fetch_timeout": "0s"}
    bootstrap: Document = {
        "admin": {"address": {"socket_address": {"address": "127.0.0.1", "port_value": ENVOY_ADMIN_PORT}}},
        "dynamic_resources": {"ads_config": _ads(upstream), "lds_config": ads, "cds_config": ads},
        "static_resources": {
            "listeners": [build_probe_listener(targets)],
            "clusters": build_probe_clusters(targets),
        },
        # Envoy warns from 100 on; regular expressions of usual size must not be refused.
        "layered_runtime": {
            "layers": [{"name": "static", "static_layer": {"re2": {"max_program_size": {"error_level": 1000}}}}]
        },
        "stats_flush_interval": "5s",
    }
    if stats_tags:
        # The tags of App Mesh's ENABLE_ENVOY_STATS_TAGS (specification, 13).
        tags = {"appmesh.mesh": mesh, "appmesh.virtual_node": virtual_node}
        bootstrap["stats_config"] = {
            "stats_tags": [{"tag_name": name, "fixed_value": value} for name, value in tags.items()]
        }
    return bootstrap


def as_argument(bootstrap: Document) -> str:
    """As text for a container's arguments, where Kubernetes replaces ``$(NAME)`` and reads ``$$`` as one dollar."""
    return json.dumps(bootstrap, separators=(",", ":")).replace("$", "$$")


def _ads(upstream: Upstream) -> Document:
    google_grpc = {
        "target_uri": upstream.address,
        "stat_prefix": "meshrig_xds",
        "channel_credentials": {"ssl_credentials": {"root_certs": {"inline_string": upstream.ca_pem}}},
        "credentials_factory_name": "envoy.grpc_credentials.file_based_metadata",
        "call_credentials": [{"from_plugin": _token_credentials()}],
        "channel_args": {"args": _channel_args(upstream.address)},
    }
    return {
        "api_type": "DELTA_GRPC",
        "transport_api_version": "V3",
        "grpc_services": [{"google_grpc": google_grpc}],
    }


def _token_credentials() -> Document:
    """The file is read for each stream, so a token that the kubelet has renewed is used from the next one on."""
    return {
        "name": "envoy.grpc_credentials.file_based_metadata",
        "typed_config": {
            "@type": "type.googleapis.com/envoy.config.grpc_credential.v3.FileBasedMetadataConfig",
            "secret_data": {"filename": f"{TOKEN_FOLDER}/{TOKEN_FILE}"},
            "header_key": "authorization",
            "header_prefix": "Bearer ",
        },
    }


def _channel_args(address: str) -> Document:
    """Keys of gRPC (grpc/impl/channel_arg_names.h). Keepalive as App Mesh had it (specification, 13); the back-off
    would grow to two minutes, while a control plane that rolls is back in seconds."""
    args: Document = {
        "grpc.keepalive_time_ms": {"int_value": 10_000},
        "grpc.keepalive_timeout_ms": {"int_value": 20_000},
        "grpc.http2.max_pings_without_data": {"int_value": 0},
        "grpc.initial_reconnect_backoff_ms": {"int_value": 100},
        # Also how long one attempt may take.
        "grpc.min_reconnect_backoff_ms": {"int_value": 5_000},
        "grpc.max_reconnect_backoff_ms": {"int_value": 2_000},
    }
    if address.rpartition(":")[0] != CONTROL_PLANE_HOST:
        # Its certificate names the Service, however it is reached.
        args["grpc.ssl_target_name_override"] = {"string_value": CONTROL_PLANE_HOST}
    return args
