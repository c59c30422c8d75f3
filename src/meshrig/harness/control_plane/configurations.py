"""What every Envoy of the mesh gets: one compilation per virtual node, shared by its pods."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from meshrig.compile.cluster_topology import cluster_topology
from meshrig.compile.ingress.ingress_class import compile_ingress
from meshrig.compile.virtual_node import compile_virtual_node
from meshrig.errors import InvalidInputError
from meshrig.model.appmesh import MeshModel
from meshrig.model.cluster import ClusterState, Pod
from meshrig.model.kubernetes import ManifestSet
from meshrig.model.plan import Endpoint, ProxyConfig, Topology
from meshrig.names import PROBE_PORT, virtual_node_id

_ANY_ADDRESS = "0.0.0.0"
_INGRESS_PORT = 8080


@dataclass(frozen=True)
class Role:
    """What a pod's Envoy does: a virtual node's sidecar or, with an ``ingress_class``, that class's ingress."""

    virtual_node: str
    ingress_class: str = ""
    port: int = 0


@dataclass(frozen=True)
class MeshDefinitions:
    """What users write: the mesh, and the cluster's Ingresses with the Services they name."""

    mesh: MeshModel
    manifests: ManifestSet


@dataclass(frozen=True)
class MeshConfiguration:
    """``pods``: node id -> pod; ``problems``: what is wrong with the newest definitions, a line each.

    ``definitions`` are those in force.
    """

    definitions: MeshDefinitions
    topology: Topology
    pods: Mapping[str, Pod] = field(default_factory=dict)
    proxies: Mapping[Role, ProxyConfig] = field(default_factory=dict)
    problems: tuple[str, ...] = ()

    def proxy_of(self, node_id: str) -> ProxyConfig | None:
        """None for a pod whose virtual node is gone or can't be compiled: it keeps what it has."""
        return self.proxies.get(role_of(self.pods[node_id]))


def node_id_of(mesh: str, pod: Pod) -> str:
    return virtual_node_id(mesh, pod.virtual_node, f"{pod.name}.{pod.namespace}")


def role_of(pod: Pod) -> Role:
    """An ingress listens on its container's first port that isn't ours."""
    if not pod.ingress_class:
        return Role(pod.virtual_node)
    ports = (port.container_port for port in pod.ports)
    port = next((number for number in ports if number != PROBE_PORT), _INGRESS_PORT)
    return Role(pod.virtual_node, pod.ingress_class, port)


def configure_mesh(mesh: MeshModel, cluster: ClusterState, before: MeshConfiguration | None) -> MeshConfiguration:
    """All proxies for the cluster as it is now.

    Definitions that can't be compiled change nothing: those of ``before`` stay in force, with today's endpoints. Where
    those can't be compiled either (at the start), the newest are taken as far as they go.
    """
    newest = MeshDefinitions(mesh, ManifestSet(services=cluster.services, ingresses=cluster.ingresses))
    topology = cluster_topology(cluster)
    pods = {node_id_of(mesh.mesh.name, pod): pod for pod in cluster.mesh_pods()}
    roles = {role_of(pod) for pod in pods.values()}
    reusable = before if before and before.topology == topology else None
    orphans = _find_orphans(mesh, pods.values())
    proxies, problems = _compile(newest, topology, roles, reusable)
    if problems and before:
        earlier, earlier_problems = _compile(before.definitions, topology, roles, reusable)
        if not earlier_problems:
            return MeshConfiguration(before.definitions, topology, pods, earlier, (*problems, *orphans))
    return MeshConfiguration(newest, topology, pods, proxies, (*problems, *orphans))


def _find_orphans(mesh: MeshModel, pods: Iterable[Pod]) -> list[str]:
    return [
        f"pod {pod.namespace}/{pod.name} belongs to virtual node {pod.virtual_node}, which mesh {mesh.mesh.name} "
        "does not have"
        for pod in pods
        if pod.virtual_node not in mesh.virtual_nodes
    ]


def _compile(
    definitions: MeshDefinitions, topology: Topology, roles: Iterable[Role], reusable: MeshConfiguration | None
) -> tuple[dict[Role, ProxyConfig], tuple[str, ...]]:
    """Each role once, and every virtual node, so that what is wrong is known before its first pod comes.

    What ``reusable`` compiled from equal definitions is taken as it is.
    """
    nodes = definitions.mesh.virtual_nodes
    wanted = {role for role in roles if role.virtual_node in nodes} | {Role(name) for name in nodes}
    done = reusable.proxies if reusable and reusable.definitions == definitions else {}
    proxies: dict[Role, ProxyConfig] = {}
    problems: list[str] = []
    for role in sorted(wanted, key=lambda role: (role.virtual_node, role.ingress_class, role.port)):
        try:
            proxies[role] = done.get(role) or _compile_role(definitions, topology, role)
        except InvalidInputError as error:
            problems += [f"virtual node {role.virtual_node}: {problem}" for problem in error.problems]
    return proxies, tuple(dict.fromkeys(problems))


def _compile_role(definitions: MeshDefinitions, topology: Topology, role: Role) -> ProxyConfig:
    """The node id names no pod, since the result is every pod's of that role."""
    mesh, name = definitions.mesh, role.virtual_node
    node_id = virtual_node_id(mesh.mesh.name, name, "*")
    if not role.ingress_class:
        return compile_virtual_node(mesh, name, node_id, None, topology)
    listen = Endpoint(_ANY_ADDRESS, role.port)
    return compile_ingress(mesh, name, node_id, definitions.manifests, role.ingress_class, listen, topology)
