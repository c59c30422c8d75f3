"""The plaintext listener on ``PROBE_PORT``: readiness, statistics, and what rewritten probes ask; nothing else.

Its names begin with ``meshrig_``, so that App Mesh's names stay what dashboards expect.
"""

from collections.abc import Iterable
from typing import Any

from meshrig.inject.objects import Document
from meshrig.inject.probe import ProbeTarget
from meshrig.names import ENVOY_ADMIN_PORT, PROBE_PORT

_NAME = "meshrig_probe"
_ADMIN = "meshrig_admin"
# Exact paths of the admin interface; none of them changes anything.
_ADMIN_PATHS = ("/ready", "/stats", "/stats/prometheus")
_TYPE = "type.googleapis.com/envoy.extensions"
_RECHECK_SECONDS = 1


def build_probe_listener(targets: Iterable[ProbeTarget]) -> Document:
    """envoy.config.listener.v3.Listener"""
    listed = list(targets)
    manager = {
        "@type": f"{_TYPE}.filters.network.http_connection_manager.v3.HttpConnectionManager",
        "stat_prefix": _NAME,
        "codec_type": "AUTO",
        # The application sees the kubelet's request as it was sent.
        "server_header_transformation": "PASS_THROUGH",
        "generate_request_id": False,
        "skip_xff_append": True,
        "route_config": {
            "name": _NAME,
            "virtual_hosts": [{"name": _NAME, "domains": ["*"], "routes": _routes(listed)}],
        },
        "http_filters": [*(_health_filter(target) for target in listed if not _is_http(target)), _router()],
    }
    return {
        "name": _NAME,
        "stat_prefix": _NAME,
        "address": {"socket_address": {"address": "0.0.0.0", "port_value": PROBE_PORT}},
        "filter_chains": [{"filters": [_typed("envoy.filters.network.http_connection_manager", manager)]}],
    }


def build_probe_clusters(targets: Iterable[ProbeTarget]) -> list[Document]:
    """envoy.config.cluster.v3.Cluster: the admin interface, and the application for each way it is probed."""
    clusters = {_ADMIN: _cluster(_ADMIN, ENVOY_ADMIN_PORT)}
    for target in targets:
        name = _cluster_name(target)
        clusters[name] = {**_cluster(name, target.port), **_protocol_fields(target)}
    return list(clusters.values())


def _routes(targets: Iterable[ProbeTarget]) -> list[Document]:
    routes: list[Document] = [{"match": _get(path, query=True), "route": {"cluster": _ADMIN}} for path in _ADMIN_PATHS]
    for target in targets:
        if not _is_http(target):
            continue
        action = {
            "cluster": _cluster_name(target),
            "prefix_rewrite": target.app_path,
            "timeout": f"{target.timeout_seconds}s",
        }
        # The kubelet would follow a redirection to a path that isn't served here; without the header it is content
        # with the status, as it is with redirections to other hosts.
        routes.append(
            {"match": _get(target.path, query=False), "route": action, "response_headers_to_remove": ["location"]}
        )
    return routes


def _get(path: str, query: bool) -> Document:
    """GET of exactly this path. Without ``query`` nothing of the caller's choosing reaches the application."""
    headers = [{"name": ":method", "string_match": {"exact": "GET"}}]
    if not query:
        headers.append({"name": ":path", "string_match": {"exact": path}})
    return {"path": path, "headers": headers}


def _health_filter(target: ProbeTarget) -> Document:
    """200 while the cluster's own health check succeeds, else 503 (envoy.filters.http.health_check)."""
    check = {
        "@type": f"{_TYPE}.filters.http.health_check.v3.HealthCheck",
        "pass_through_mode": False,
        "headers": _get(target.path, query=False)["headers"],
        "cluster_min_healthy_percentages": {_cluster_name(target): {"value": 100}},
    }
    return _typed("envoy.filters.http.health_check", check)


def _router() -> Document:
    router = {"@type": f"{_TYPE}.filters.http.router.v3.Router", "suppress_envoy_headers": True}
    return _typed("envoy.filters.http.router", router)


def _cluster(name: str, port: int) -> Document:
    address = {"socket_address": {"address": "127.0.0.1", "port_value": port}}
    endpoints = [{"lb_endpoints": [{"endpoint": {"address": address}}]}]
    return {
        "name": name,
        "type": "STATIC",
        "connect_timeout": "1s",
        "load_assignment": {"cluster_name": name, "endpoints": endpoints},
    }


def _protocol_fields(target: ProbeTarget) -> Document:
    if target.protocol == "tcp":
        return {"health_checks": [{**_health_check(target), "tcp_health_check": {}}]}
    if target.protocol == "grpc":
        checked = {**_health_check(target), "grpc_health_check": {"service_name": target.service}}
        return {"health_checks": [checked], **_http_options({"http2_protocol_options": {}})}
    # As the kubelet: a connection for each probe, so that none is sent on one which the application is closing.
    fields = _http_options({"http_protocol_options": {}}, {"max_requests_per_connection": 1})
    if target.protocol == "https":
        # As the kubelet: the certificate is not verified.
        tls = {"@type": f"{_TYPE}.transport_sockets.tls.v3.UpstreamTlsContext"}
        fields["transport_socket"] = _typed("envoy.transport_sockets.tls", tls)
    return fields


def _http_options(explicit: Document, common: Document | None = None) -> Document:
    options = {"@type": f"{_TYPE}.upstreams.http.v3.HttpProtocolOptions", "explicit_http_config": explicit}
    if common:
        options["common_http_protocol_options"] = common
    return {"typed_extension_protocol_options": {"envoy.extensions.upstreams.http.v3.HttpProtocolOptions": options}}


def _health_check(target: ProbeTarget) -> Document:
    """As often as the kubelet asks, and each second until it succeeds. The cluster has no traffic of its own, which
    Envoy would check each minute only (envoy.config.core.v3.HealthCheck)."""
    period = f"{target.period_seconds}s"
    return {
        "timeout": f"{target.timeout_seconds}s",
        "interval": period,
        "no_traffic_interval": f"{_RECHECK_SECONDS}s",
        "no_traffic_healthy_interval": period,
        "unhealthy_interval": f"{_RECHECK_SECONDS}s",
        # The kubelet counts by itself.
        "unhealthy_threshold": 1,
        "healthy_threshold": 1,
        "reuse_connection": False,
    }


def _cluster_name(target: ProbeTarget) -> str:
    if _is_http(target):
        return f"meshrig_app_{target.protocol}_{target.port}"
    return f"meshrig{target.path.replace('/', '_')}"


def _is_http(target: ProbeTarget) -> bool:
    return target.protocol in ("http", "https")


def _typed(name: str, config: Any) -> Document:
    return {"name": name, "typed_config": config}
