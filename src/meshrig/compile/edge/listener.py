"""The edge's HTTP listener, and how it picks an API and a stage (specification, 1.4 and 11.7)."""

from collections.abc import Sequence

from envoy.config.listener.v3 import listener_pb2
from envoy.config.route.v3 import route_pb2, scoped_route_pb2
from envoy.extensions.filters.http.buffer.v3 import buffer_pb2
from envoy.extensions.filters.network.http_connection_manager.v3 import http_connection_manager_pb2 as hcm_pb2
from envoy.extensions.http.early_header_mutation.header_mutation.v3 import header_mutation_pb2

from meshrig.compile.edge.gateway_response import (
    FORBIDDEN,
    build_direct_route,
    build_header,
    build_local_replies,
    build_request_id_headers,
)
from meshrig.compile.edge.method_route import SCOPE_HEADER, route_configuration_name
from meshrig.compile.edge.throttle import build_throttle_filter
from meshrig.compile.http_connection_manager import as_network_filter, build_router_filter
from meshrig.compile.wire import from_ads, milliseconds, named, socket_address
from meshrig.model.apigateway import DeployedApi
from meshrig.model.plan import Endpoint

LISTENER_NAME = "apigateway"
_LARGEST_BODY = 10 * 1024 * 1024
_LARGEST_HEADERS_KB = 10
_IDLE_MS = 310_000


def build_edge_listener(listen: Endpoint, apis: Sequence[DeployedApi]) -> listener_pb2.Listener:
    manager = _build_manager()
    if not apis:
        manager.route_config.CopyFrom(_build_nothing_deployed())
    elif len(apis) == 1:
        manager.rds.config_source.CopyFrom(from_ads())
        manager.rds.route_config_name = route_configuration_name(apis[0])
    else:
        _add_scopes(manager, several_apis=len({api.api_id for api in apis}) > 1)
    return listener_pb2.Listener(
        name=LISTENER_NAME,
        address=socket_address(listen),
        filter_chains=[{"filters": [as_network_filter(manager)]}],
        per_connection_buffer_limit_bytes={"value": _LARGEST_BODY},
        traffic_direction="INBOUND",
    )


def build_scopes(apis: Sequence[DeployedApi]) -> list[scoped_route_pb2.ScopedRouteConfiguration]:
    """One scope per stage, keyed by stage, or by API and stage where the Host must pick the API."""
    if len(apis) < 2:
        return []
    several = len({api.api_id for api in apis}) > 1
    return [
        scoped_route_pb2.ScopedRouteConfiguration(
            name=route_configuration_name(api),
            route_configuration_name=route_configuration_name(api),
            key={
                "fragments": [
                    {"string_key": part} for part in ([api.api_id, api.stage.name] if several else [api.stage.name])
                ]
            },
        )
        for api in apis
    ]


def _build_manager() -> hcm_pb2.HttpConnectionManager:
    """Paths stay as the client wrote them; the request id is always ours, so none can be forged."""
    return hcm_pb2.HttpConnectionManager(
        stat_prefix=LISTENER_NAME,
        use_remote_address={"value": True},
        server_header_transformation="PASS_THROUGH",
        max_request_headers_kb={"value": _LARGEST_HEADERS_KB},
        common_http_protocol_options={"idle_timeout": milliseconds(_IDLE_MS)},
        path_with_escaped_slashes_action="KEEP_UNCHANGED",
        internal_address_config={"unix_sockets": False},
        early_header_mutation_extensions=[
            named(
                "envoy.http.early_header_mutation.header_mutation",
                header_mutation_pb2.HeaderMutation(mutations=[{"remove": "x-request-id"}]),
            )
        ],
        local_reply_config=build_local_replies(),
        http_filters=[
            build_throttle_filter(),
            hcm_pb2.HttpFilter(
                **named("envoy.filters.http.buffer", buffer_pb2.Buffer(max_request_bytes={"value": _LARGEST_BODY}))
            ),
            build_router_filter(suppress_envoy_headers=True),
        ],
    )


def _build_nothing_deployed() -> route_pb2.RouteConfiguration:
    return route_pb2.RouteConfiguration(
        name="apigateway_nothing_deployed",
        virtual_hosts=[
            {"name": "nothing", "domains": ["*"], "routes": [build_direct_route({"prefix": "/"}, FORBIDDEN)]}
        ],
        response_headers_to_add=build_request_id_headers(),
    )


def _add_scopes(manager: hcm_pb2.HttpConnectionManager, several_apis: bool) -> None:
    """Scopes keep stages in route tables of their own, so that a push of one leaves the other's buckets alone.

    The key is cut from a copy of the path without its query, since ``/prod?x=1`` is stage ``prod`` too.
    """
    stage = {"name": SCOPE_HEADER, "element_separator": "/", "index": 1}
    api = {"name": ":authority", "element_separator": ".", "index": 0}
    extractors = [api, stage] if several_apis else [stage]
    copy = {"append": build_header(SCOPE_HEADER, "%PATH(NQ)%")}
    mutation = header_mutation_pb2.HeaderMutation(mutations=[{"remove": "x-request-id"}, copy])
    del manager.early_header_mutation_extensions[:]
    manager.early_header_mutation_extensions.add(**named("envoy.http.early_header_mutation.header_mutation", mutation))
    manager.scoped_routes.MergeFrom(
        hcm_pb2.ScopedRoutes(
            name=LISTENER_NAME,
            scope_key_builder={"fragments": [{"header_value_extractor": each} for each in extractors]},
            rds_config_source=from_ads(),
            scoped_rds={"scoped_rds_config_source": from_ads()},
        )
    )
