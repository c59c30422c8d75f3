"""Virtual hosts, routes and App Mesh's default retry policy (specification, 4 and 5)."""

from collections.abc import Iterable

from envoy.config.route.v3 import route_components_pb2, route_pb2
from envoy.extensions.retry.host.previous_hosts.v3 import previous_hosts_pb2

from meshrig.compile.wire import milliseconds, named
from meshrig.model.appmesh import HttpTimeout

DEFAULT_TIMEOUT_MS = 15_000


def build_default_retry_policy() -> route_components_pb2.RetryPolicy:
    """What every HTTP route without a policy of its own got; it also retries methods that aren't idempotent."""
    predicate = named("envoy.retry_host_predicates.previous_hosts", previous_hosts_pb2.PreviousHostsPredicate())
    return route_components_pb2.RetryPolicy(
        retry_on="reset,unavailable,connect-failure,refused-stream,retriable-status-codes",
        num_retries={"value": 2},
        retriable_status_codes=[503],
        retry_host_predicate=[predicate],
        host_selection_retry_max_attempts=5,
    )


def build_ingress_route(cluster: str, timeout: HttpTimeout | None) -> route_components_pb2.Route:
    """Everything to the application; a listener's own timeouts replace the 15 s default."""
    per_request = timeout.per_request.milliseconds if timeout and timeout.per_request else DEFAULT_TIMEOUT_MS
    action = route_components_pb2.RouteAction(cluster=cluster, timeout=milliseconds(per_request))
    if timeout and timeout.idle:
        action.idle_timeout.FromMilliseconds(timeout.idle.milliseconds)
    return route_components_pb2.Route(match={"prefix": "/"}, route=action)


def build_egress_action(cluster: str) -> route_components_pb2.RouteAction:
    """The action for a virtual service that a virtual node provides: 15 s, default retries."""
    return route_components_pb2.RouteAction(
        cluster=cluster, timeout=milliseconds(DEFAULT_TIMEOUT_MS), retry_policy=build_default_retry_policy()
    )


def build_egress_route(cluster: str) -> route_components_pb2.Route:
    return route_components_pb2.Route(match={"prefix": "/"}, route=build_egress_action(cluster))


def build_virtual_host(
    name: str, domains: Iterable[str], routes: Iterable[route_components_pb2.Route]
) -> route_components_pb2.VirtualHost:
    return route_components_pb2.VirtualHost(name=name, domains=list(domains), routes=list(routes))


def build_route_configuration(
    name: str, virtual_hosts: Iterable[route_components_pb2.VirtualHost]
) -> route_pb2.RouteConfiguration:
    ordered = sorted(virtual_hosts, key=lambda host: host.name)
    return route_pb2.RouteConfiguration(name=name, virtual_hosts=ordered, validate_clusters={"value": False})
