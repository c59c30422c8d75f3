"""The sidecar of a virtual node."""

from meshrig.compile.backend import resolve_backends
from meshrig.compile.egress_side import build_backend_clusters, build_forward_proxy_side, build_redirected_side
from meshrig.compile.ingress_side import build_ingress_side
from meshrig.compile.parts import assemble
from meshrig.compile.secret import NodeIdentity
from meshrig.compile.support import require_supported
from meshrig.model.appmesh import MeshModel
from meshrig.model.plan import ListenerPlacement, ProxyConfig, Topology


def compile_virtual_node(
    mesh: MeshModel,
    name: str,
    node_id: str,
    placement: ListenerPlacement | None,
    topology: Topology,
    trust_domain: str = "",
) -> ProxyConfig:
    """The Envoy of one pod of virtual node ``name``, as App Mesh configured it (specification, 1-6, 10 and 12).

    With a ``placement`` the listeners bind its loopback ports under App Mesh's names, and egress is a forward proxy;
    without one they expect traffic that iptables redirects to 15000 and 15001. ``trust_domain`` is the host part of
    SPIFFE ids, by default the mesh's name.

    Raises ``InvalidInputError`` for anything the mesh says that isn't compiled, naming each property.
    """
    node = require_supported(mesh, name)
    identity = NodeIdentity(mesh.mesh.name, name, node.hostname, trust_domain)
    backends = resolve_backends(mesh, node, identity)
    allow_all = mesh.mesh.spec.egress_filter.type == "ALLOW_ALL"
    if placement:
        egress = build_forward_proxy_side(mesh.mesh.name, backends, allow_all, placement, node.spec.logging)
    else:
        egress = build_redirected_side(mesh.mesh.name, backends, allow_all, node.spec.logging)
    ingress = build_ingress_side(node, identity, placement)
    return assemble(node_id, (ingress, egress, build_backend_clusters(backends, topology)))
