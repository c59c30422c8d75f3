"""Reads the one route inside a RouteSpec or GatewayRouteSpec, whichever protocol it is for."""

from dataclasses import dataclass

from meshrig_localstack.appmesh.service_model import JsonObject

ROUTE_PROTOCOLS = {"httpRoute": "http", "http2Route": "http2", "grpcRoute": "grpc", "tcpRoute": "tcp"}
"""Member of a spec -> listener protocol."""


@dataclass(frozen=True)
class RouteView:
    """The route of a RouteSpec: its member (``httpRoute``), protocol, JSON and weighted targets."""

    member: str
    protocol: str
    route: JsonObject

    @property
    def targets(self) -> list[JsonObject]:
        """``action.weightedTargets``, empty for a gateway route."""
        targets: list[JsonObject] = self.route["action"].get("weightedTargets", [])
        return targets

    @property
    def match(self) -> JsonObject:
        """``match``, empty when a TCP route has none."""
        match: JsonObject = self.route.get("match") or {}
        return match

    @property
    def virtual_service(self) -> str:
        """A gateway route's target."""
        name: str = self.route["action"]["target"]["virtualService"]["virtualServiceName"]
        return name


def route_members(spec: JsonObject) -> list[str]:
    """The route members that are set; a valid spec has exactly one."""
    return [member for member in ROUTE_PROTOCOLS if spec.get(member) is not None]


def route_of(spec: JsonObject) -> RouteView:
    """The route of a valid RouteSpec or GatewayRouteSpec."""
    (member,) = route_members(spec)
    return RouteView(member, ROUTE_PROTOCOLS[member], spec[member])
