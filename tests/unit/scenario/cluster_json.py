"""Objects as ``kubectl get -o json`` prints them, as far as they are read."""

import json
from typing import Any


def pod(name: str, virtual_node: str = "users", ip: str = "10.244.0.7", **changes: Any) -> dict[str, Any]:
    """``changes``: annotations, labels, phase, ports, deleted, namespace."""
    annotations = {"meshrig.io/virtual-node": virtual_node, "meshrig.io/injected": "true"}
    metadata: dict[str, Any] = {
        "name": name,
        "namespace": changes.get("namespace", "shop"),
        "labels": changes.get("labels", {"app": virtual_node}),
        "annotations": changes.get("annotations", annotations),
    }
    if changes.get("deleted"):
        metadata["deletionTimestamp"] = "2026-11-24T08:00:00Z"
    ports = changes.get("ports", [{"containerPort": 8080, "name": "http", "protocol": "TCP"}])
    return {
        "kind": "Pod",
        "metadata": metadata,
        "spec": {"containers": [{"name": virtual_node, "ports": ports}], "initContainers": [{"name": "envoy"}]},
        "status": {"phase": changes.get("phase", "Running"), "podIP": ip},
    }


def service(
    selector: dict[str, str] | None, cluster_ip: str, *ports: dict[str, Any], namespace: str = "shop"
) -> dict[str, Any]:
    spec: dict[str, Any] = {"clusterIP": cluster_ip, "ports": list(ports)}
    if selector is not None:
        spec["selector"] = selector
    return {"kind": "Service", "metadata": {"name": "s", "namespace": namespace}, "spec": spec}


def node(address: str) -> dict[str, Any]:
    addresses = [{"type": "InternalIP", "address": address}, {"type": "Hostname", "address": "control-plane"}]
    return {"kind": "Node", "metadata": {"name": "control-plane"}, "status": {"addresses": addresses}}


def listing(*items: dict[str, Any]) -> str:
    return json.dumps({"kind": "List", "apiVersion": "v1", "items": items})
