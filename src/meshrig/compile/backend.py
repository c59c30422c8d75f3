"""Which listeners of other virtual nodes a virtual node calls, and how it secures each (specification, 3, 4 and 10)."""

from collections.abc import Iterator
from dataclasses import dataclass

from meshrig.compile.appmesh_names import egress_cluster_name
from meshrig.compile.secret import NodeIdentity
from meshrig.compile.tls import Secured, build_client_tls
from meshrig.errors import InvalidInputError, Problem
from meshrig.model.appmesh import Backend, ClientPolicyTls, Listener, MeshModel, VirtualNode


@dataclass(frozen=True)
class BackendTarget:
    """One listener behind one virtual service. ``encrypted_only``: TLS that checks no server."""

    virtual_service: str
    virtual_node: str
    listener: Listener
    cluster: str
    hostname: str
    secured: Secured | None
    encrypted_only: bool = False
    all_addresses: bool = False
    ip_preference: str | None = None

    @property
    def port(self) -> int:
        return self.listener.port_mapping.port


@dataclass(frozen=True)
class Backends:
    """``virtual_services`` are all names that are backends, also those that nothing provides (they answer 404)."""

    virtual_services: tuple[str, ...]
    targets: tuple[BackendTarget, ...]

    @property
    def ports(self) -> tuple[int, ...]:
        return tuple(sorted({target.port for target in self.targets}))

    @property
    def warnings(self) -> tuple[str, ...]:
        return tuple(
            f"{target.virtual_service}: no client policy covers port {target.port}, so the connection is encrypted "
            "but the server is not verified (add a ClientPolicy to the backend)"
            for target in self.targets
            if target.encrypted_only
        )


def resolve_backends(mesh: MeshModel, node: VirtualNode, identity: NodeIdentity) -> Backends:
    """All targets by name and port.

    Raises ``InvalidInputError`` for a backend that isn't in the mesh, and where two backends would need one cluster
    name for two client policies.
    """
    problems = [problem for backend in node.spec.backends for problem in _check(mesh, node, backend)]
    if problems:
        raise InvalidInputError(problems)
    targets = [target for backend in node.spec.backends for target in _targets(mesh, node, backend, identity)]
    names = tuple(sorted({backend.virtual_service.virtual_service_name for backend in node.spec.backends}))
    ordered = tuple(sorted(targets, key=lambda target: (target.virtual_service, target.port)))
    _refuse_conflicts(node, ordered)
    return Backends(names, ordered)


def _provider(mesh: MeshModel, name: str) -> str | None:
    provider = mesh.virtual_services[name].spec.provider
    return provider.virtual_node.virtual_node_name if provider and provider.virtual_node else None


def _check(mesh: MeshModel, node: VirtualNode, backend: Backend) -> Iterator[Problem]:
    name = backend.virtual_service.virtual_service_name
    service = mesh.virtual_services.get(name)
    if service is None:
        yield Problem(f"backend {name!r} is no virtual service of the mesh", node.origin.child("Spec.Backends"))
        return
    if service.spec.provider and service.spec.provider.virtual_router:
        hint = "let a virtual node provide it"
        yield Problem("virtual routers are not supported", service.origin.child("Spec.Provider.VirtualRouter"), hint)
        return
    provider = _provider(mesh, name)
    server = mesh.virtual_nodes.get(provider) if provider else None
    if provider and server is None:
        yield Problem(f"provider {provider!r} is no virtual node of the mesh", service.origin.child("Spec.Provider"))
    if server and not server.hostname:
        where = server.origin.child("Spec.ServiceDiscovery")
        yield Problem("a virtual node that others call needs DNS service discovery", where)
    if server and not server.spec.listeners:
        yield Problem("a virtual node that others call needs a listener", server.origin.child("Spec.Listeners"))


def _targets(mesh: MeshModel, node: VirtualNode, backend: Backend, identity: NodeIdentity) -> Iterator[BackendTarget]:
    name = backend.virtual_service.virtual_service_name
    provider = _provider(mesh, name)
    if provider is None:
        return
    server = mesh.virtual_nodes[provider]
    discovery = server.spec.service_discovery
    dns = discovery.dns if discovery else None
    if dns is None:
        return
    inherited = mesh.mesh.spec.service_discovery.ip_preference if mesh.mesh.spec.service_discovery else None
    for listener in server.spec.listeners:
        policy, use_tls = _client_tls(_policy_of(node, backend), listener)
        hostname = dns.hostname.rstrip(".")
        yield BackendTarget(
            virtual_service=name,
            virtual_node=provider,
            listener=listener,
            cluster=egress_cluster_name(mesh.mesh.name, provider, listener),
            hostname=hostname,
            secured=build_client_tls(policy, hostname, identity) if use_tls else None,
            encrypted_only=use_tls and policy is None,
            all_addresses=dns.response_type == "ENDPOINTS",
            ip_preference=dns.ip_preference or inherited,
        )


def _policy_of(node: VirtualNode, backend: Backend) -> ClientPolicyTls | None:
    """A backend's own policy replaces the default one whole."""
    own = backend.virtual_service.client_policy
    default = node.spec.backend_defaults.client_policy if node.spec.backend_defaults else None
    chosen = own or default
    return chosen.tls if chosen else None


def _client_tls(policy: ClientPolicyTls | None, listener: Listener) -> tuple[ClientPolicyTls | None, bool]:
    """The decision table of specification 10: the policy that acts, and whether the client speaks TLS."""
    serves_tls = listener.tls is not None and listener.tls.mode != "DISABLED"
    covers = policy is not None and (not policy.ports or listener.port_mapping.port in policy.ports)
    if policy is None or not covers:
        return None, serves_tls
    return policy, policy.enforce or serves_tls


def _refuse_conflicts(node: VirtualNode, targets: tuple[BackendTarget, ...]) -> None:
    chosen: dict[str, BackendTarget] = {}
    for target in targets:
        first = chosen.setdefault(target.cluster, target)
        if first.secured != target.secured:
            message = (
                f"backends {first.virtual_service!r} and {target.virtual_service!r} reach the same virtual node "
                f"{target.virtual_node!r} with different client policies"
            )
            raise InvalidInputError([Problem(message, node.origin.child("Spec.Backends"), "give both one policy")])
