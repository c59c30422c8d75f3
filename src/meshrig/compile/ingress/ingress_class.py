"""Ingress objects to a proxy that is a client in the mesh."""

from collections.abc import Iterable, Iterator
from dataclasses import replace

from envoy.config.listener.v3 import listener_pb2
from envoy.config.route.v3 import route_components_pb2

from meshrig.compile.access_log import build_access_logs
from meshrig.compile.backend import BackendTarget, resolve_backends
from meshrig.compile.egress_side import build_backend_clusters
from meshrig.compile.http_connection_manager import as_network_filter, build_mesh_http_connection_manager
from meshrig.compile.ingress.annotation import find_annotation_problems, read_nginx_settings
from meshrig.compile.ingress.path_rule import PathRule, build_path_matches, build_rewrite, find_path_problems
from meshrig.compile.ingress.service_backend import ServiceBackends
from meshrig.compile.parts import Parts, assemble
from meshrig.compile.route import build_egress_action, build_route_configuration, build_virtual_host
from meshrig.compile.secret import NodeIdentity
from meshrig.compile.support import require_supported
from meshrig.compile.wire import socket_address
from meshrig.errors import InvalidInputError, Problem
from meshrig.model.appmesh import Logging, MeshModel
from meshrig.model.kubernetes import Ingress, IngressPath, ManifestSet
from meshrig.model.plan import Endpoint, ProxyConfig, Topology

_ANY_HOST = "*"


def compile_ingress(
    mesh: MeshModel,
    virtual_node_name: str,
    node_id: str,
    manifests: ManifestSet,
    class_name: str,
    listen: Endpoint,
    topology: Topology,
    trust_domain: str = "",
) -> ProxyConfig:
    """The controller of class ``class_name``: routes go straight to the egress clusters of the virtual node.

    Raises ``InvalidInputError`` for annotations and paths that aren't honoured, and for backends that aren't backend
    virtual services of the virtual node.
    """
    node = require_supported(mesh, virtual_node_name)
    identity = NodeIdentity(mesh.mesh.name, virtual_node_name, node.hostname, trust_domain)
    backends = resolve_backends(mesh, node, identity)
    services = ServiceBackends(manifests, backends, virtual_node_name)
    ingresses = [ingress for ingress in manifests.ingresses if ingress.class_name == class_name]
    rules = _rules_by_host(ingresses)
    problems = list(_find_problems(ingresses, rules, services))
    if problems:
        raise InvalidInputError(problems)
    name = f"ingress_http_{listen.port}"
    hosts = [_build_host(host, listed, services) for host, listed in rules.items()]
    http = Parts(
        listeners=(_build_listener(name, listen, node.spec.logging),), routes=(build_route_configuration(name, hosts),)
    )
    return assemble(node_id, (http, build_backend_clusters(backends, topology)))


def find_ingress_problems(manifests: ManifestSet, class_name: str) -> tuple[Problem, ...]:
    """What is wrong with a class's Ingresses whatever the mesh says: annotations and paths that aren't honoured."""
    ingresses = [ingress for ingress in manifests.ingresses if ingress.class_name == class_name]
    rules = (rule for listed in _rules_by_host(ingresses).values() for rule in listed)
    problems = [problem for ingress in ingresses for problem in find_annotation_problems(ingress)]
    return tuple(dict.fromkeys([*problems, *(p for rule in rules for p in find_path_problems(rule))]))


def _rules_by_host(ingresses: Iterable[Ingress]) -> dict[str, list[PathRule]]:
    """Host (``*`` for any) -> rules, longest path first; default backends stand last."""
    listed = list(ingresses)
    found: dict[str, list[PathRule]] = {}
    for ingress in listed:
        for host, path in _paths_of(ingress):
            rule = PathRule(ingress, path, read_nginx_settings(ingress), regex=False)
            found.setdefault(host, []).append(rule)
    for host, rules in found.items():
        regex = any(rule.settings.matches_regex for rule in rules)
        found[host] = sorted((replace(rule, regex=regex) for rule in rules), key=lambda rule: rule.order)
    for ingress in listed:
        if ingress.default_backend:
            for host in {_ANY_HOST, *(host for host, _ in _paths_of(ingress))}:
                found.setdefault(host, []).append(_default_rule(ingress, ingress.default_backend))
    return dict(sorted(found.items()))


def _paths_of(ingress: Ingress) -> Iterator[tuple[str, IngressPath]]:
    for rule in ingress.rules:
        for path in rule.paths:
            yield rule.host or _ANY_HOST, path


def _default_rule(ingress: Ingress, backend: IngressPath) -> PathRule:
    everything = replace(backend, path="/", path_type="Prefix")
    return PathRule(ingress, everything, replace(read_nginx_settings(ingress), rewrite_target=""), regex=False)


def _find_problems(
    ingresses: Iterable[Ingress], rules: dict[str, list[PathRule]], services: ServiceBackends
) -> Iterator[Problem]:
    for ingress in ingresses:
        yield from find_annotation_problems(ingress)
    seen: set[Problem] = set()
    for rule in (rule for listed in rules.values() for rule in listed):
        for problem in (*find_path_problems(rule), *services.problems_of(rule.ingress, rule.path)):
            if problem not in seen:
                seen.add(problem)
                yield problem


def _build_host(host: str, rules: Iterable[PathRule], services: ServiceBackends) -> route_components_pb2.VirtualHost:
    routes: list[route_components_pb2.Route] = []
    for rule in rules:
        target = services.target_of(rule.ingress, rule.path)
        if target:
            routes.extend(_build_routes(rule, target))
    return build_virtual_host(host, [host], routes)


def _build_routes(rule: PathRule, target: BackendTarget) -> Iterator[route_components_pb2.Route]:
    action = build_egress_action(target.cluster)
    action.host_rewrite_literal = target.virtual_service
    rewrite = build_rewrite(rule)
    if rewrite:
        action.regex_rewrite.MergeFrom(type(action.regex_rewrite)(**rewrite))
    for match in build_path_matches(rule):
        yield route_components_pb2.Route(match=match, route=action)


def _build_listener(name: str, listen: Endpoint, logging: Logging | None) -> listener_pb2.Listener:
    """As ingress-nginx listens: the peer's address is added to X-Forwarded-For, a port in Host doesn't matter."""
    manager = build_mesh_http_connection_manager("ingress_http", name, build_access_logs(logging))
    manager.use_remote_address.value = True
    manager.strip_any_host_port = True
    return listener_pb2.Listener(
        name=name,
        address=socket_address(listen),
        filter_chains=[{"filters": [as_network_filter(manager)]}],
        traffic_direction="INBOUND",
    )
