"""Addresses for Services of type LoadBalancer and for Ingresses of a cluster without a cloud: the node's own.

kube-proxy sends what arrives for an address in ``status.loadBalancer`` to the Service (Kubernetes docs, "Virtual
IPs and Service Proxies"), so a Service's port answers at the node's address. Two Services can't have one port there.
"""

from dataclasses import dataclass

from meshrig.harness.control_plane.chores.events import Notice, Subject
from meshrig.kube.client import KubeClient
from meshrig.kube.kinds import KINDS
from meshrig.model.cluster import ClusterState, LoadBalancer

_API_VERSIONS = {"Service": "v1", "Ingress": "networking.k8s.io/v1"}
# What a node itself listens on: etcd, the API server, the kubelet, kube-proxy, the scheduler, the controller manager.
_NODE_PORTS = {2379, 2380, 2381, 6443, 10248, 10249, 10250, 10256, 10257, 10259}


@dataclass(frozen=True)
class AddressPlan:
    """``changes``: what gets other addresses than it has; ``notices``: what can't have one, and why."""

    changes: tuple[tuple[LoadBalancer, tuple[str, ...]], ...] = ()
    notices: tuple[Notice, ...] = ()


def plan_addresses(cluster: ClusterState) -> AddressPlan:
    """Of two Services with one port the one that has the address keeps it, else the older one gets it."""
    address = next((node.internal_ip for node in cluster.nodes if node.internal_ip), "")
    if not address:
        return AddressPlan()
    services = [b for b in cluster.load_balancers if b.kind == "Service" and not b.class_name]
    order = sorted(services, key=lambda b: (address not in b.addresses, b.created, b.namespace, b.name))
    taken = _ports_of_the_node(cluster)
    changes, notices = [], []
    for balancer in order:
        clash = next((port for port in balancer.ports if port in taken), None)
        if clash is None:
            taken |= dict.fromkeys(balancer.ports, f"Service {balancer.namespace}/{balancer.name}")
        else:
            notices.append(_notice(balancer, address, clash, taken[clash]))
        wanted = (address,) if clash is None else ()
        if balancer.addresses != wanted:
            changes.append((balancer, wanted))
    served = {pod.ingress_class for pod in cluster.mesh_pods() if pod.ingress_class}
    for ingress in (b for b in cluster.load_balancers if b.kind == "Ingress" and b.class_name in served):
        if ingress.addresses != (address,):
            changes.append((ingress, (address,)))
    return AddressPlan(tuple(changes), tuple(notices))


async def apply_addresses(client: KubeClient, plan: AddressPlan) -> None:
    """Write the status of what changes. Raises KubeError."""
    for balancer, addresses in plan.changes:
        status = {"status": {"loadBalancer": {"ingress": [{"ip": address} for address in addresses] or None}}}
        await client.merge(KINDS[balancer.kind], balancer.name, status, balancer.namespace, "status")


def _ports_of_the_node(cluster: ClusterState) -> dict[int, str]:
    taken = dict.fromkeys(_NODE_PORTS, "the node itself")
    for service in cluster.services:
        for port in service.ports:
            if port.node_port:
                taken[port.node_port] = f"node port of Service {service.namespace}/{service.name}"
    return taken


def _notice(balancer: LoadBalancer, address: str, port: int, owner: str) -> Notice:
    subject = Subject(_API_VERSIONS[balancer.kind], balancer.kind, balancer.namespace, balancer.name, balancer.uid)
    message = f"no external address: port {port} of {address} belongs to {owner}; give this Service another port"
    return Notice(subject, "PortTaken", message)
