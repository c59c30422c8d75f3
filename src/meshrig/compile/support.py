"""What a mesh may say that isn't compiled: each is named, none is passed over."""

from collections.abc import Iterator

from meshrig.errors import InvalidInputError, Origin, Problem
from meshrig.model.appmesh import (
    Backend,
    ClientPolicy,
    Listener,
    MeshModel,
    TlsCertificate,
    TlsTrust,
    VirtualNode,
)

_FILE_HINT = "use a file: certificates of files are issued by the local CA"


def require_supported(mesh: MeshModel, name: str) -> VirtualNode:
    """The virtual node of that name, once it and all virtual nodes it may call hold nothing unsupported.

    Raises ``InvalidInputError`` with every problem of the node, its backends' providers and the mesh.
    """
    node = mesh.virtual_nodes.get(name)
    if node is None:
        raise InvalidInputError([Problem(f"no virtual node {name!r} in mesh {mesh.mesh.name!r}", mesh.mesh.origin)])
    problems = list(_mesh_problems(mesh))
    for member in _reached(mesh, node):
        problems.extend(_node_problems(member))
    if problems:
        raise InvalidInputError(problems)
    return node


def _reached(mesh: MeshModel, node: VirtualNode) -> list[VirtualNode]:
    names = {node.name}
    for backend in node.spec.backends:
        service = mesh.virtual_services.get(backend.virtual_service.virtual_service_name)
        provider = service.spec.provider if service else None
        if provider and provider.virtual_node:
            names.add(provider.virtual_node.virtual_node_name)
    return [mesh.virtual_nodes[name] for name in sorted(names) if name in mesh.virtual_nodes]


def _mesh_problems(mesh: MeshModel) -> Iterator[Problem]:
    discovery = mesh.mesh.spec.service_discovery
    if discovery:
        yield from _ip_preference(discovery.ip_preference, mesh.mesh.origin.child("Spec.ServiceDiscovery"))


def _ip_preference(preference: str | None, origin: Origin) -> Iterator[Problem]:
    if preference not in (None, "IPv4_ONLY"):
        yield Problem(f"IpPreference {preference} is not supported", origin.child("IpPreference"), "use IPv4_ONLY")


def _node_problems(node: VirtualNode) -> Iterator[Problem]:
    spec = node.origin.child("Spec")
    discovery = node.spec.service_discovery
    if discovery and discovery.aws_cloud_map:
        yield Problem("Cloud Map is not supported", spec.child("ServiceDiscovery.AWSCloudMap"), "use DNS")
    if discovery and discovery.dns:
        yield from _ip_preference(discovery.dns.ip_preference, spec.child("ServiceDiscovery.DNS"))
    for number, listener in enumerate(node.spec.listeners):
        yield from _listener_problems(listener, spec.child(f"Listeners[{number}]"))
    for number, backend in enumerate(node.spec.backends):
        yield from _backend_problems(backend, spec.child(f"Backends[{number}].VirtualService"))
    if node.spec.backend_defaults:
        yield from _policy_problems(node.spec.backend_defaults.client_policy, spec.child("BackendDefaults"))
    yield from _shared_file_problems(node, spec)


def _listener_problems(listener: Listener, origin: Origin) -> Iterator[Problem]:
    protocol = listener.port_mapping.protocol
    if protocol != "http":
        yield Problem(f"protocol {protocol} is not supported", origin.child("PortMapping.Protocol"), "use http")
    if listener.connection_pool and not listener.connection_pool.http:
        yield Problem("only an HTTP connection pool is supported", origin.child("ConnectionPool"))
    if listener.timeout and not listener.timeout.http:
        yield Problem("only an HTTP timeout is supported", origin.child("Timeout"))
    if listener.tls and listener.tls.mode != "DISABLED":
        yield from _certificate_problems(listener.tls.certificate, origin.child("TLS.Certificate"))
        if listener.tls.validation:
            yield from _trust_problems(listener.tls.validation.trust, origin.child("TLS.Validation.Trust"))


def _backend_problems(backend: Backend, origin: Origin) -> Iterator[Problem]:
    yield from _policy_problems(backend.virtual_service.client_policy, origin)


def _policy_problems(policy: ClientPolicy | None, origin: Origin) -> Iterator[Problem]:
    if policy is None or policy.tls is None:
        return
    tls = origin.child("ClientPolicy.TLS")
    if policy.tls.certificate:
        yield from _certificate_problems(policy.tls.certificate, tls.child("Certificate"))
    yield from _trust_problems(policy.tls.validation.trust, tls.child("Validation.Trust"))


def _certificate_problems(certificate: TlsCertificate, origin: Origin) -> Iterator[Problem]:
    if certificate.acm:
        yield Problem("an ACM certificate can't be served here", origin.child("ACM"), _FILE_HINT)
    elif certificate.sds:
        yield Problem("an SDS certificate is not supported", origin.child("SDS"), _FILE_HINT)
    elif not certificate.file:
        yield Problem("a certificate needs a source", origin, _FILE_HINT)


def _trust_problems(trust: TlsTrust, origin: Origin) -> Iterator[Problem]:
    if trust.acm:
        yield Problem("trust in an ACM authority is not supported", origin.child("ACM"), _FILE_HINT)
    elif trust.sds:
        yield Problem("trust over SDS is not supported", origin.child("SDS"), _FILE_HINT)
    elif not trust.file:
        yield Problem("trust needs a source", origin, _FILE_HINT)


def _shared_file_problems(node: VirtualNode, origin: Origin) -> Iterator[Problem]:
    """One path can't be both a certificate and a CA bundle, since the secret is named by it."""
    for shared in sorted(_certificate_files(node) & _trust_files(node)):
        yield Problem(f"{shared} is named as certificate and as trust", origin, "keep the CA bundle in its own file")


def _policies(node: VirtualNode) -> list[ClientPolicy]:
    policies = [backend.virtual_service.client_policy for backend in node.spec.backends]
    if node.spec.backend_defaults:
        policies.append(node.spec.backend_defaults.client_policy)
    return [policy for policy in policies if policy]


def _certificate_files(node: VirtualNode) -> set[str]:
    certificates = [listener.tls.certificate for listener in node.spec.listeners if listener.tls]
    certificates += [policy.tls.certificate for policy in _policies(node) if policy.tls and policy.tls.certificate]
    return {certificate.file.certificate_chain for certificate in certificates if certificate.file}


def _trust_files(node: VirtualNode) -> set[str]:
    validations = [listener.tls.validation for listener in node.spec.listeners if listener.tls]
    validations += [policy.tls.validation for policy in _policies(node) if policy.tls]
    return {each.trust.file.certificate_chain for each in validations if each and each.trust.file}
