"""Protocols and ports must agree between a route, its router or gateway, and its targets.

Sources: user guide (routes: route, router listener and virtual node listener have one protocol), and the service's
demand for a port wherever there are several listeners (roadmap issues 82 and 120, controller issue 715). Checked when
the route is written, not when a listener is changed later, so that a protocol can be changed resource by resource.
"""

from collections.abc import Iterator

from meshrig_localstack.appmesh.kinds import GATEWAY_ROUTE, ROUTE, VIRTUAL_NODE, VIRTUAL_SERVICE
from meshrig_localstack.appmesh.references import references
from meshrig_localstack.appmesh.resources import AppMeshStore, ResourceKey
from meshrig_localstack.appmesh.route_specs import RouteView, route_of
from meshrig_localstack.appmesh.service_model import JsonObject

Ports = dict[int, str]
"""Listener port -> protocol."""


def protocol_problems(store: AppMeshStore, key: ResourceKey, spec: JsonObject) -> Iterator[str]:
    """Disagreements of a route or gateway route with existing resources it refers to; nothing for other kinds."""
    if key.kind not in (ROUTE, GATEWAY_ROUTE) or key.kind.parent is None or key.parent is None:
        return
    view = route_of(spec)
    parent = ResourceKey(key.kind.parent, key.mesh, key.parent)
    ports = _ports(store, parent)
    if ports or key.kind == GATEWAY_ROUTE:
        yield from _port_problems(parent, ports, view.match.get("port"), view.protocol, f"spec.{view.member}.match")
    for index, target in enumerate(view.targets, start=1):
        node = ResourceKey(VIRTUAL_NODE, key.mesh, target["virtualNode"])
        path = f"spec.{view.member}.action.weightedTargets.{index}.member"
        yield from _port_problems(node, _ports(store, node), target.get("port"), view.protocol, path)
    if key.kind == GATEWAY_ROUTE:
        yield from _service_problems(store, key.mesh, view)


def _service_problems(store: AppMeshStore, mesh: str, view: RouteView) -> Iterator[str]:
    service = store.resources[ResourceKey(VIRTUAL_SERVICE, mesh, view.virtual_service)]
    port, path = view.route["action"]["target"].get("port"), f"spec.{view.member}.action.target"
    for provider in references(service.key, service.spec):
        ports = _ports(store, provider)
        if port is None and len(ports) > 1:
            yield f"{path}.port is required because {provider} has listeners on ports {_listed(ports)}"
        elif port is not None and ports and port not in ports:
            yield f"{path}.port is {port}, but {provider} listens on {_listed(ports)}"


def _ports(store: AppMeshStore, key: ResourceKey) -> Ports:
    listeners = store.resources[key].spec.get("listeners") or []
    return {listener["portMapping"]["port"]: listener["portMapping"]["protocol"] for listener in listeners}


def _port_problems(owner: ResourceKey, ports: Ports, port: int | None, protocol: str, path: str) -> Iterator[str]:
    if not ports:
        yield f"{path}: {owner} has no listener, so it cannot take traffic"
    elif port is None and len(ports) > 1:
        yield f"{path}.port is required because {owner} has listeners on ports {_listed(ports)}"
    elif port is not None and port not in ports:
        yield f"{path}.port is {port}, but {owner} listens on {_listed(ports)}"
    else:
        listening = ports[port] if port is not None else next(iter(ports.values()))
        if listening != protocol:
            yield f"{path}: the route's protocol is {protocol}, but the listener's of {owner} is {listening}"


def _listed(ports: Ports) -> str:
    return ", ".join(str(port) for port in sorted(ports))
