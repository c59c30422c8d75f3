"""What the service demands of virtual nodes, routers and gateways beyond the API model.

Sources: App Mesh user guide (virtual nodes, virtual gateways), API reference, and the service's own refusals quoted in
public issues ("Service Discovery can't be set without a listener": terraform-provider-aws 13337).
"""

from collections import Counter
from collections.abc import Iterator

from meshrig_localstack.appmesh.service_model import JsonObject


def virtual_node_problems(spec: JsonObject) -> Iterator[str]:
    """Violations by a VirtualNodeSpec that the model accepts."""
    listeners = spec.get("listeners") or []
    if listeners and not spec.get("serviceDiscovery"):
        yield "spec.serviceDiscovery is required when spec.listeners is set"
    if spec.get("serviceDiscovery") and not listeners:
        yield "spec.serviceDiscovery cannot be set without a listener"
    yield from _listener_problems(listeners)
    backends = [each["virtualService"]["virtualServiceName"] for each in spec.get("backends") or []]
    for name, count in Counter(backends).items():
        if count > 1:
            yield f"spec.backends names virtual service {name} {count} times"


def virtual_router_problems(spec: JsonObject) -> Iterator[str]:
    """Violations by a VirtualRouterSpec that the model accepts."""
    yield from _listener_problems(spec.get("listeners") or [])


def virtual_gateway_problems(spec: JsonObject) -> Iterator[str]:
    """Violations by a VirtualGatewaySpec that the model accepts."""
    if not spec["listeners"]:
        yield "spec.listeners must have at least one listener"
    yield from _listener_problems(spec["listeners"])


def _listener_problems(listeners: list[JsonObject]) -> Iterator[str]:
    for port, count in Counter(listener["portMapping"]["port"] for listener in listeners).items():
        if count > 1:
            yield f"spec.listeners has {count} listeners on port {port}"
    for index, listener in enumerate(listeners, start=1):
        yield from _one_listener_problems(listener, f"spec.listeners.{index}.member")


def _one_listener_problems(listener: JsonObject, path: str) -> Iterator[str]:
    port, protocol = listener["portMapping"]["port"], listener["portMapping"]["protocol"]
    for member in ("connectionPool", "timeout"):
        (given,) = listener.get(member) or (protocol,)
        if given != protocol:
            yield f"{path}.{member} is for protocol {given}, but the listener's protocol is {protocol}"
    health_check_port = (listener.get("healthCheck") or {}).get("port")
    if health_check_port not in (None, port):
        yield f"{path}.healthCheck.port is {health_check_port}, but the listener's port is {port}"
