"""Which mesh backend an Ingress backend is."""

from collections.abc import Iterator

from meshrig.compile.backend import Backends, BackendTarget
from meshrig.errors import Problem
from meshrig.model.kubernetes import Ingress, IngressPath, ManifestSet, Service


class ServiceBackends:
    """Looks Services up among the manifests and among the backends of the ingress's virtual node."""

    def __init__(self, manifests: ManifestSet, backends: Backends, virtual_node: str) -> None:
        self._services = {(service.namespace, service.name): service for service in manifests.services}
        self._targets = {(target.virtual_service, target.port): target for target in backends.targets}
        self._known = frozenset(backends.virtual_services)
        self._virtual_node = virtual_node

    def target_of(self, ingress: Ingress, path: IngressPath) -> BackendTarget | None:
        """None exactly where ``problems_of`` finds something."""
        service = self._services.get((ingress.namespace, path.service_name))
        port = _port_of(service, path) if service else None
        return self._targets.get((service.hostname, port)) if service and port else None

    def problems_of(self, ingress: Ingress, path: IngressPath) -> Iterator[Problem]:
        if self.target_of(ingress, path):
            return
        service = self._services.get((ingress.namespace, path.service_name))
        if service is None:
            yield Problem(f"no Service {path.service_name!r} in namespace {ingress.namespace!r}", path.origin)
        elif _port_of(service, path) is None:
            yield Problem(f"Service {path.service_name!r} has no port {path.service_port!r}", path.origin)
        elif service.hostname not in self._known:
            message = f"{service.hostname} is no backend of virtual node {self._virtual_node!r}"
            yield Problem(message, path.origin, "add it to the node's Backends")
        else:
            message = f"virtual service {service.hostname} has no listener on port {_port_of(service, path)}"
            yield Problem(message, path.origin, "give the Service the port of the virtual node's listener")


def _port_of(service: Service, path: IngressPath) -> int | None:
    for port in service.ports:
        if path.service_port in (port.port, port.name):
            return port.port
    return None
