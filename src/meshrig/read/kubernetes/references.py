"""References between manifests: what a cluster would only show by things not working."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from meshrig.errors import Origin, Problem
from meshrig.located.fields import did_you_mean
from meshrig.model.kubernetes import Deployment, Ingress, IngressPath, ManifestSet, Service


@dataclass(frozen=True)
class ClusterPods:
    """Pods of a workload that only a cluster runs, such as a StatefulSet's."""

    namespace: str
    labels: Mapping[str, str]


def check_references(found: ManifestSet, cluster_pods: Iterable[ClusterPods] = ()) -> Iterator[Problem]:
    """Problems of every reference to an object, key or port that isn't there."""
    cluster_pods = tuple(cluster_pods)
    for deployment in found.deployments:
        yield from _check_account(deployment, found)
        yield from _check_sources(deployment, found)
    for service in found.services:
        elsewhere = any(service.selects(pods.namespace, pods.labels) for pods in cluster_pods)
        yield from _check_service(service, found.deployments, elsewhere)
    yield from _check_node_ports(found.services)
    for ingress in found.ingresses:
        yield from _check_ingress(ingress, found.services)


def _check_account(deployment: Deployment, found: ManifestSet) -> Iterator[Problem]:
    account = deployment.template.service_account
    names = {a.name for a in found.service_accounts if a.namespace == deployment.namespace}
    if account != "default" and account not in names:
        yield Problem(f"ServiceAccount {account} is not defined", deployment.origin, did_you_mean(account, names))


def _check_sources(deployment: Deployment, found: ManifestSet) -> Iterator[Problem]:
    namespace = deployment.namespace
    maps = {c.name: c.data for c in found.config_maps if c.namespace == namespace}
    secrets = {s.name: s.data for s in found.secrets if s.namespace == namespace}
    for container in deployment.template.containers:
        for source in container.env_from:
            if not source.optional:
                yield from _missing("ConfigMap", source.config_map, maps, source.origin)
                yield from _missing("Secret", source.secret, secrets, source.origin)
        for variable in container.env:
            if variable.optional:
                continue
            yield from _missing("ConfigMap", variable.config_map, maps, variable.origin)
            yield from _missing("Secret", variable.secret, secrets, variable.origin)
            held = maps.get(variable.config_map) if variable.config_map else secrets.get(variable.secret)
            if held is not None and variable.key not in held:
                name = variable.config_map or variable.secret
                yield Problem(f"{name} has no key {variable.key}", variable.origin, did_you_mean(variable.key, held))


def _missing(kind: str, name: str, known: Iterable[str], origin: Origin) -> Iterator[Problem]:
    if name and name not in set(known):
        yield Problem(f"{kind} {name} is not defined", origin, did_you_mean(name, known))


def _check_service(service: Service, deployments: Iterable[Deployment], elsewhere: bool) -> Iterator[Problem]:
    if not service.selector:
        return
    behind = [d for d in deployments if service.selects(d.namespace, d.template.labels)]
    if not behind and not elsewhere:
        yield Problem("its selector matches no Deployment's pods", service.origin, "compare with the pods' labels")
    for deployment in behind:
        ports = [port for container in deployment.template.containers for port in container.ports]
        known = {port.name for port in ports} | {port.container_port for port in ports}
        for port in service.ports:
            if port.target_port not in known:
                message = f"targetPort {port.target_port} is not a port of Deployment {deployment.name}"
                yield Problem(message, service.origin, did_you_mean(str(port.target_port), map(str, known)))


def _check_node_ports(services: Iterable[Service]) -> Iterator[Problem]:
    taken: dict[int, Service] = {}
    for service in services:
        for port in service.ports:
            if not port.node_port:
                continue
            first = taken.setdefault(port.node_port, service)
            if first is not service:
                message = f"nodePort {port.node_port} is taken by Service {first.namespace}/{first.name}"
                yield Problem(message, service.origin)


def _check_ingress(ingress: Ingress, services: Iterable[Service]) -> Iterator[Problem]:
    known = {s.name: s for s in services if s.namespace == ingress.namespace}
    paths: list[IngressPath] = [path for rule in ingress.rules for path in rule.paths]
    for path in [*paths, *([ingress.default_backend] if ingress.default_backend else [])]:
        service = known.get(path.service_name)
        if service is None:
            hint = did_you_mean(path.service_name, known)
            yield Problem(f"Service {path.service_name} is not defined", path.origin, hint)
        elif path.service_port not in {p.port for p in service.ports} | {p.name for p in service.ports}:
            yield Problem(f"Service {service.name} has no port {path.service_port}", path.origin)
