"""What the service demands of a gateway route beyond the API model (user guide, gateway routes)."""

from collections.abc import Iterator

from meshrig_localstack.appmesh.route_rules import path_match_problems, value_match_problems
from meshrig_localstack.appmesh.route_specs import RouteView, route_members, route_of
from meshrig_localstack.appmesh.service_model import JsonObject

GATEWAY_ROUTE_MEMBERS = ("httpRoute", "http2Route", "grpcRoute")
RESERVED_PREFIXES = ("/aws-appmesh", "/aws-app-mesh")
RESERVED_GRPC_SERVICES = ("aws.appmesh", "aws.app-mesh")


def gateway_route_problems(spec: JsonObject) -> Iterator[str]:
    """Violations by a GatewayRouteSpec that the model accepts."""
    members = route_members(spec)
    if len(members) != 1:
        yield f"spec must have exactly one of {', '.join(GATEWAY_ROUTE_MEMBERS)}, got: {', '.join(members) or 'none'}"
        return
    view = route_of(spec)
    path = f"spec.{view.member}"
    yield from _hostname_problems(view.match, f"{path}.match")
    if view.protocol == "grpc":
        yield from _grpc_problems(view.match, f"{path}.match")
    else:
        yield from _http_problems(view.match, f"{path}.match")
        yield from _rewrite_problems(view, f"{path}.action.rewrite")
    yield from value_match_problems(view.match, f"{path}.match")


def _hostname_problems(match: JsonObject, path: str) -> Iterator[str]:
    hostname = match.get("hostname")
    if hostname is not None and (hostname.get("exact") is None) == (hostname.get("suffix") is None):
        yield f"{path}.hostname must have exactly one of exact, suffix"


def _grpc_problems(match: JsonObject, path: str) -> Iterator[str]:
    service = match.get("serviceName")
    if service is None and match.get("hostname") is None:
        yield f"{path} must have at least one of serviceName, hostname"
    if service is not None and service.startswith(RESERVED_GRPC_SERVICES):
        yield f"{path}.serviceName must not begin with {' or '.join(RESERVED_GRPC_SERVICES)}"


def _http_problems(match: JsonObject, path: str) -> Iterator[str]:
    if all(match.get(member) is None for member in ("prefix", "path", "hostname")):
        yield f"{path} must have at least one of prefix, path, hostname"
    if match.get("prefix") is not None and match.get("path") is not None:
        yield f"{path} must not have both prefix and path"
    yield from path_match_problems(match, path)
    exact = (match.get("path") or {}).get("exact") or ""
    if (match.get("prefix") or exact).startswith(RESERVED_PREFIXES):
        yield f"{path} must not begin with {' or '.join(RESERVED_PREFIXES)}"


def _rewrite_problems(view: RouteView, path: str) -> Iterator[str]:
    rewrite = view.route["action"].get("rewrite") or {}
    prefix, whole_path = rewrite.get("prefix"), rewrite.get("path")
    if prefix is not None and whole_path is not None:
        yield f"{path} must not have both prefix and path"
    if prefix is not None:
        yield from _prefix_rewrite_problems(prefix, f"{path}.prefix")
        if view.match.get("prefix") is None:
            yield f"{path}.prefix needs a match on prefix"
    if whole_path is not None and view.match.get("path") is None:
        yield f"{path}.path needs a match on path"


def _prefix_rewrite_problems(prefix: JsonObject, path: str) -> Iterator[str]:
    value = prefix.get("value")
    if (value is None) == (prefix.get("defaultPrefix") is None):
        yield f"{path} must have exactly one of defaultPrefix, value"
    if value is not None and not (value.startswith("/") and value.endswith("/")):
        yield f"{path}.value must begin and end with /, got: {value!r}"
