"""Where the Services of a cluster answer right now."""

from collections.abc import Iterable

from meshrig.model.cluster import ClusterState, EndpointSlice
from meshrig.model.plan import Endpoint, Topology


def cluster_topology(cluster: ClusterState) -> Topology:
    """Every Service's ports with the pods' own addresses, as the EndpointSlices have them: those that are ready and
    don't end. Traffic to a pod's port reaches its sidecar, so the sidecar's own ports stand nowhere here."""
    slices: dict[tuple[str, str], list[EndpointSlice]] = {}
    for each in cluster.endpoint_slices:
        slices.setdefault((each.namespace, each.service), []).append(each)
    services: dict[tuple[str, int], tuple[Endpoint, ...]] = {}
    node_ports: dict[int, tuple[Endpoint, ...]] = {}
    for service in cluster.services:
        for port in service.ports:
            endpoints = _endpoints(slices.get((service.namespace, service.name), ()), port.name)
            services[service.hostname, port.port] = endpoints
            if port.node_port:
                node_ports[port.node_port] = endpoints
    return Topology(services, node_ports)


def _endpoints(slices: Iterable[EndpointSlice], port_name: str) -> tuple[Endpoint, ...]:
    found = {
        (address, each.ports[port_name])
        for each in slices
        if port_name in each.ports
        for endpoint in each.endpoints
        if endpoint.ready and not endpoint.terminating
        for address in endpoint.addresses
    }
    return tuple(Endpoint(address, port) for address, port in sorted(found))
