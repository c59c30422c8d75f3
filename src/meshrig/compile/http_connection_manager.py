"""The HTTP connection manager of mesh listeners (specification, 2 and 3)."""

from collections.abc import Iterable

from envoy.config.accesslog.v3 import accesslog_pb2
from envoy.config.listener.v3 import listener_components_pb2
from envoy.extensions.filters.http.router.v3 import router_pb2
from envoy.extensions.filters.network.http_connection_manager.v3 import http_connection_manager_pb2 as hcm_pb2

from meshrig.compile.wire import from_ads, named, pack

_NAME = "envoy.filters.network.http_connection_manager"


def build_router_filter(suppress_envoy_headers: bool = False) -> hcm_pb2.HttpFilter:
    router = router_pb2.Router(suppress_envoy_headers=suppress_envoy_headers)
    return hcm_pb2.HttpFilter(**named("envoy.filters.http.router", router))


def build_mesh_http_connection_manager(
    stat_prefix: str,
    route_name: str,
    access_logs: Iterable[accesslog_pb2.AccessLog] = (),
    filters: Iterable[hcm_pb2.HttpFilter] = (),
) -> hcm_pb2.HttpConnectionManager:
    """As App Mesh configured it from 2022 on; ``filters`` run before the router.

    X-Forwarded-For is passed through, not appended, since App Mesh left ``use_remote_address`` unset.
    """
    return hcm_pb2.HttpConnectionManager(
        stat_prefix=stat_prefix,
        rds={"config_source": from_ads(), "route_config_name": route_name},
        tracing={},
        access_log=list(access_logs),
        upgrade_configs=[{"upgrade_type": "websocket", "enabled": {"value": True}}],
        normalize_path={"value": True},
        merge_slashes=True,
        path_with_escaped_slashes_action="KEEP_UNCHANGED",
        http_filters=[*filters, build_router_filter()],
    )


def as_network_filter(manager: hcm_pb2.HttpConnectionManager) -> listener_components_pb2.Filter:
    return listener_components_pb2.Filter(name=_NAME, typed_config=pack(manager))
