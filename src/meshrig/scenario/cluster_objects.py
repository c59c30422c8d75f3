"""The addresses of a virtual node's pods, from what ``kubectl get -o json`` prints."""

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from meshrig.errors import MeshrigError
from meshrig.model.kubernetes import VIRTUAL_NODE_ANNOTATION
from meshrig.names import INJECTED_ANNOTATION
from meshrig.scenario.context import Target, Targets
from meshrig.scenario.definition import Via

Json = Mapping[str, Any]


@dataclass(frozen=True)
class Pod:
    """A running pod that is in the mesh; ``ports`` are those that its containers declare."""

    name: str
    namespace: str
    ip: str
    virtual_node: str
    injected: bool = False
    labels: Mapping[str, str] = field(default_factory=dict)
    ports: tuple[int, ...] = ()


@dataclass(frozen=True)
class Service:
    """``ports``: (port, NodePort or 0) of each TCP port; ``cluster_ip`` is empty for a headless Service."""

    namespace: str
    selector: Mapping[str, str]
    cluster_ip: str
    ports: tuple[tuple[int, int], ...]

    def selects(self, pod: Pod) -> bool:
        same = self.namespace == pod.namespace and bool(self.selector)
        return same and all(pod.labels.get(key) == value for key, value in self.selector.items())


def read_items(text: str) -> tuple[Json, ...]:
    """The objects of a list. Raises MeshrigError for what kubectl doesn't print."""
    try:
        return tuple(json.loads(text)["items"])
    except (ValueError, LookupError, TypeError) as error:
        raise MeshrigError("kubectl printed no list of objects") from error


def read_pods(items: Iterable[Json]) -> tuple[Pod, ...]:
    """Pods that name a virtual node and run; one that is being deleted takes no part any more."""
    return tuple(_pod(item) for item in items if item["kind"] == "Pod" and _takes_part(item))


def _takes_part(item: Json) -> bool:
    metadata, status = item["metadata"], item.get("status") or {}
    running = status.get("phase") == "Running" and bool(status.get("podIP")) and not metadata.get("deletionTimestamp")
    return running and VIRTUAL_NODE_ANNOTATION in (metadata.get("annotations") or {})


def _pod(item: Json) -> Pod:
    metadata = item["metadata"]
    annotations = metadata["annotations"]
    ports = [port for container in item["spec"]["containers"] for port in container.get("ports") or ()]
    return Pod(
        metadata["name"],
        metadata["namespace"],
        item["status"]["podIP"],
        annotations[VIRTUAL_NODE_ANNOTATION],
        annotations.get(INJECTED_ANNOTATION, "false") != "false",
        metadata.get("labels") or {},
        tuple(sorted({port["containerPort"] for port in ports if _is_tcp(port)})),
    )


def read_services(items: Iterable[Json]) -> tuple[Service, ...]:
    return tuple(_service(item["metadata"], item["spec"]) for item in items if item["kind"] == "Service")


def _service(metadata: Json, spec: Json) -> Service:
    cluster_ip = spec.get("clusterIP", "None")
    ports = tuple((port["port"], port.get("nodePort", 0)) for port in spec.get("ports") or () if _is_tcp(port))
    return Service(metadata["namespace"], spec.get("selector") or {}, "" if cluster_ip == "None" else cluster_ip, ports)


def _is_tcp(port: Json) -> bool:
    return bool(port.get("protocol", "TCP") == "TCP")


def read_node_addresses(items: Iterable[Json]) -> tuple[str, ...]:
    """The addresses that NodePorts answer on, as the cluster's own pods reach them."""
    addresses = (each for item in items if item["kind"] == "Node" for each in item["status"].get("addresses") or ())
    return tuple(each["address"] for each in addresses if each["type"] == "InternalIP")


def find_targets(virtual_node: str, pods: Iterable[Pod], services: Iterable[Service], nodes: Iterable[str]) -> Targets:
    """Every address that leads to these pods of ``virtual_node``."""
    ours = [pod for pod in pods if pod.virtual_node == virtual_node]
    theirs = [service for service in services if any(service.selects(pod) for pod in ours)]
    found = [Target("pod_ip", pod.ip, port) for pod in ours for port in pod.ports]
    found += [Target("cluster_ip", *address) for address in _cluster_addresses(theirs)]
    node_ports = sorted({node_port for service in theirs for _, node_port in service.ports if node_port})
    found += [Target("node_port", node, port) for node in nodes for port in node_ports]
    absent: dict[Via, str] = {
        "pod_ip": f"no container of {virtual_node} declares a port",
        "cluster_ip": f"no Service with a ClusterIP selects {virtual_node}",
        "node_port": f"no Service of {virtual_node} has a NodePort",
    }
    return Targets(tuple(found), absent)


def _cluster_addresses(services: Iterable[Service]) -> Iterator[tuple[str, int]]:
    for service in services:
        if service.cluster_ip:
            yield from ((service.cluster_ip, port) for port, _ in service.ports)
