"""The service-side rules of each kind, in one table."""

from collections.abc import Callable, Iterator

from meshrig_localstack.appmesh.gateway_route_rules import gateway_route_problems
from meshrig_localstack.appmesh.kinds import (
    GATEWAY_ROUTE,
    ROUTE,
    VIRTUAL_GATEWAY,
    VIRTUAL_NODE,
    VIRTUAL_ROUTER,
    Kind,
)
from meshrig_localstack.appmesh.listener_rules import (
    virtual_gateway_problems,
    virtual_node_problems,
    virtual_router_problems,
)
from meshrig_localstack.appmesh.route_rules import route_problems
from meshrig_localstack.appmesh.service_model import JsonObject

_RULES: dict[Kind, Callable[[JsonObject], Iterator[str]]] = {
    VIRTUAL_NODE: virtual_node_problems,
    VIRTUAL_ROUTER: virtual_router_problems,
    VIRTUAL_GATEWAY: virtual_gateway_problems,
    ROUTE: route_problems,
    GATEWAY_ROUTE: gateway_route_problems,
}


def spec_problems(kind: Kind, spec: JsonObject) -> list[str]:
    """Every rule that a spec breaks although the API model accepts it."""
    rule = _RULES.get(kind)
    return list(rule(spec)) if rule is not None else []
