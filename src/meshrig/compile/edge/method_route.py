"""The routes of one deployed API on one stage (specification, 1.4 and 6)."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from envoy.config.core.v3 import base_pb2
from envoy.config.route.v3 import route_components_pb2, route_pb2

from meshrig.compile.edge.gateway_response import (
    FORBIDDEN,
    INTERNAL_ERROR,
    MISSING_AUTHENTICATION_TOKEN,
    THROTTLED,
    build_direct_route,
    build_header,
    build_request_id_headers,
)
from meshrig.compile.edge.integration_target import (
    IntegrationTarget,
    UnservableError,
    read_target,
    unmapped_parameters,
)
from meshrig.compile.edge.resource_path import ResourcePattern, build_resource_pattern, precedence
from meshrig.compile.edge.throttle import FILTER_NAME, blocks_all, build_throttle, is_unlimited
from meshrig.compile.wire import milliseconds, pack
from meshrig.model.apigateway import DeployedApi, Integration, Method, Throttle

# Carries the path without its query to the choice of a stage.
SCOPE_HEADER = "x-apigateway-scope-path"
_ANY = "ANY"
_VERBS = ("DELETE", "GET", "HEAD", "OPTIONS", "PATCH", "POST", "PUT")
_HTTP_TYPES = ("HTTP", "HTTP_PROXY")
# Never sent to a backend by API Gateway (specification 6.3), and what Envoy itself put on the request. Not
# x-request-id: removals come before additions, on requests and answers, and both are made from it.
_DROPPED_REQUEST_HEADERS = (
    "content-encoding",
    "content-md5",
    "expect",
    "max-forwards",
    "proxy-authenticate",
    "server",
    "te",
    "trailer",
    "upgrade",
    "via",
    "www-authenticate",
    "x-envoy-expected-rq-timeout-ms",
    "x-envoy-external-address",
    "x-envoy-internal",
    SCOPE_HEADER,
)
_REMAPPED_RESPONSE_HEADERS = ("date", "server", "www-authenticate")
_DROPPED_RESPONSE_HEADERS = ("date", "server", "via", "www-authenticate", "x-envoy-upstream-service-time")


@dataclass(frozen=True)
class StageRoutes:
    """A stage's route table, the targets it needs clusters for, and what it serves differently from AWS."""

    configuration: route_pb2.RouteConfiguration
    targets: tuple[IntegrationTarget, ...]
    warnings: tuple[str, ...]


@dataclass(frozen=True)
class _MethodRoute:
    route: route_components_pb2.Route
    target: IntegrationTarget | None = None
    warnings: tuple[str, ...] = ()


def route_configuration_name(api: DeployedApi) -> str:
    return f"apigateway_{api.api_id}_{api.stage.name}"


def build_stage_routes(api: DeployedApi, servable_links: frozenset[str]) -> StageRoutes:
    """Most specific resource first, named verbs before ANY; a resource without the verb answers 403 and never falls
    through to a less specific one."""
    built = list(_build_resources(api, servable_links))
    prefix = f"/{api.stage.name}"
    routes = [method.route for method in built]
    routes.append(build_direct_route({"path_separated_prefix": prefix}, MISSING_AUTHENTICATION_TOKEN))
    routes.append(build_direct_route({"prefix": "/"}, FORBIDDEN))
    name = route_configuration_name(api)
    configuration = route_pb2.RouteConfiguration(
        name=name,
        virtual_hosts=[{"name": name, "domains": ["*"], "routes": routes}],
        validate_clusters={"value": False},
        response_headers_to_add=build_request_id_headers(),
        response_headers_to_remove=_DROPPED_RESPONSE_HEADERS,
    )
    targets = tuple(dict.fromkeys(method.target for method in built if method.target))
    return StageRoutes(configuration, targets, tuple(text for method in built for text in method.warnings))


def _build_resources(api: DeployedApi, servable_links: frozenset[str]) -> Iterator[_MethodRoute]:
    for path in sorted({method.resource_path for method in api.methods}, key=precedence):
        pattern = build_resource_pattern(api.stage.name, path)
        methods = [method for method in api.methods if method.resource_path == path]
        for method in sorted(methods, key=lambda each: (each.http_method == _ANY, each.http_method)):
            yield _build_method(api, method, pattern, servable_links)
        yield _MethodRoute(build_direct_route(_match(pattern), MISSING_AUTHENTICATION_TOKEN))


def _match(pattern: ResourcePattern, verb: str = "") -> dict[str, Any]:
    match: dict[str, Any] = {"safe_regex": {"regex": pattern.regex}}
    if verb == _ANY:
        anything = {"safe_regex": {"regex": "|".join(_VERBS)}}
        match["headers"] = [{"name": ":method", "string_match": anything}]
    elif verb:
        match["headers"] = [{"name": ":method", "string_match": {"exact": verb}}]
    return match


def _build_method(
    api: DeployedApi, method: Method, pattern: ResourcePattern, servable_links: frozenset[str]
) -> _MethodRoute:
    where = f"{api.name or api.api_id}/{api.stage.name}: {method.http_method} {method.resource_path}"
    match = _match(pattern, method.http_method)
    throttle = api.stage.settings_of(method).throttle
    try:
        integration = _require_servable(method)
        target = read_target(api, method, integration, pattern)
        if target.link and target.link not in servable_links:
            raise UnservableError(f"VPC link {target.link!r} does not exist")
    except UnservableError as reason:
        return _MethodRoute(build_direct_route(match, INTERNAL_ERROR), None, (f"{where}: answers 500: {reason}",))
    warnings = tuple(f"{where}: {text}" for text in _differences(method, integration))
    if throttle and not is_unlimited(throttle) and blocks_all(throttle):
        return _MethodRoute(build_direct_route(match, THROTTLED), None, warnings)
    return _MethodRoute(_build_route(api, match, pattern, target, integration, throttle), target, warnings)


def _require_servable(method: Method) -> Integration:
    """Fail closed: a method that asks for a check the edge doesn't make is never served open."""
    integration = method.integration
    if method.authorization_type not in ("", "NONE"):
        raise UnservableError(f"authorization {method.authorization_type} is not supported")
    if method.api_key_required:
        raise UnservableError("API keys are not supported")
    if integration is None:
        raise UnservableError("it has no integration")
    if integration.type not in _HTTP_TYPES:
        raise UnservableError(f"integration type {integration.type} is not supported")
    if integration.http_method not in ("", _ANY, method.http_method):
        raise UnservableError(f"calling the backend with another verb ({integration.http_method}) is not supported")
    return integration


def _differences(method: Method, integration: Integration) -> Iterable[str]:
    if method.validator and (method.validator.validate_body or method.validator.validate_parameters):
        yield "the request validator is not run, the backend must check requests"
    if integration.type == "HTTP":
        yield "integration type HTTP passes headers through as HTTP_PROXY does"
    if integration.request_templates:
        yield "request templates are not applied, the body passes as it is"
    for target in unmapped_parameters(integration):
        yield f"mapping of {target} is not applied"


def _build_route(
    api: DeployedApi,
    match: dict[str, Any],
    pattern: ResourcePattern,
    target: IntegrationTarget,
    integration: Integration,
    throttle: Throttle | None,
) -> route_components_pb2.Route:
    rewrite = {"pattern": {"regex": f"^{pattern.regex}$"}, "substitution": target.substitution}
    action = route_components_pb2.RouteAction(
        cluster=target.cluster,
        host_rewrite_literal=target.authority,
        regex_rewrite=rewrite,
        timeout=milliseconds(integration.timeout_ms),
    )
    route = route_components_pb2.Route(
        match=match,
        route=action,
        request_headers_to_add=_build_request_headers(api),
        request_headers_to_remove=_DROPPED_REQUEST_HEADERS,
        response_headers_to_add=[
            build_header(f"x-amzn-remapped-{name}", f"%RESP({name})%") for name in _REMAPPED_RESPONSE_HEADERS
        ],
    )
    if throttle and not is_unlimited(throttle):
        route.typed_per_filter_config[FILTER_NAME].CopyFrom(pack(build_throttle(throttle)))
    return route


def _build_request_headers(api: DeployedApi) -> list[base_pb2.HeaderValueOption]:
    return [
        build_header("x-amzn-requestid", "%REQ(X-REQUEST-ID)%"),
        build_header("x-amzn-apigateway-api-id", api.api_id),
        build_header("x-forwarded-port", "%DOWNSTREAM_LOCAL_PORT%"),
        build_header("accept", "application/json", "ADD_IF_ABSENT"),
        build_header("user-agent", f"AmazonAPIGateway_{api.api_id}", "ADD_IF_ABSENT"),
    ]
