"""Short spellings of API objects of one small cluster."""

from typing import Any

from meshrig.names import INJECTION_LABEL

Object = dict[str, Any]


def namespace(name: str, *, mesh: bool = False) -> Object:
    labels = {INJECTION_LABEL: "enabled"} if mesh else {}
    return {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": name, "labels": labels}}


def node(name: str = "one", address: str = "10.9.0.2") -> Object:
    addresses = [{"type": "Hostname", "address": name}, {"type": "InternalIP", "address": address}]
    return {"apiVersion": "v1", "kind": "Node", "metadata": {"name": name}, "status": {"addresses": addresses}}


def pod(
    name: str,
    virtual_node: str = "",
    ip: str = "10.1.0.1",
    uid: str = "",
    namespace: str = "shop",
    ingress_class: str = "",
    phase: str = "Running",
    runs: str | None = None,
) -> Object:
    """``runs``: the virtual node whose Envoy is in it, usually the one it says."""
    annotations = {"meshrig.io/virtual-node": virtual_node} if virtual_node else {}
    annotations |= {"meshrig.io/ingress-class": ingress_class} if ingress_class else {}
    node_id = f"mesh/shop/virtualNode/{virtual_node if runs is None else runs}/$(POD_NAME).$(POD_NAMESPACE)"
    return {
        "apiVersion": "v1",
        "kind": "Pod",
        "metadata": {
            "name": name,
            "namespace": namespace,
            "uid": uid or f"uid-{name}",
            "labels": {"app": virtual_node},
            "annotations": annotations,
        },
        "spec": {
            "initContainers": [{"name": "envoy", "args": ["--service-node", node_id]}],
            "containers": [{"name": "app", "ports": [{"containerPort": 8080, "name": "http"}]}],
        },
        "status": {"phase": phase, "podIP": ip},
    }


def service(
    name: str, kind: str = "ClusterIP", port: int = 8080, node_port: int = 0, created: str = "2026-01-01T00:00:00Z"
) -> Object:
    entry: Object = {"name": "http", "port": port, "targetPort": "http", "protocol": "TCP"}
    if node_port:
        entry["nodePort"] = node_port
    selector = {"app": name.removesuffix("-service")}
    metadata = {"name": name, "namespace": "shop", "uid": f"uid-{name}", "creationTimestamp": created}
    spec = {"type": kind, "selector": selector, "ports": [entry]}
    return {"apiVersion": "v1", "kind": "Service", "metadata": metadata, "spec": spec, "status": {"loadBalancer": {}}}


def endpoint_slice(service: str, *addresses: str, port: int = 8080) -> Object:
    """All ready."""
    return {
        "apiVersion": "discovery.k8s.io/v1",
        "kind": "EndpointSlice",
        "metadata": {
            "name": f"{service}-x",
            "namespace": "shop",
            "labels": {"kubernetes.io/service-name": service},
        },
        "addressType": "IPv4",
        "ports": [{"name": "http", "port": port, "protocol": "TCP"}],
        "endpoints": [{"addresses": [address], "conditions": {"ready": True}} for address in addresses],
    }


def ingress(path: str = "/users", service: str = "users-service", class_name: str = "nginx") -> Object:
    backend = {"service": {"name": service, "port": {"name": "http"}}}
    rule = {"http": {"paths": [{"path": path, "pathType": "Prefix", "backend": backend}]}}
    return {
        "apiVersion": "networking.k8s.io/v1",
        "kind": "Ingress",
        "metadata": {"name": "shop", "namespace": "shop", "uid": "uid-shop", "annotations": {}},
        "spec": {"ingressClassName": class_name, "rules": [rule]},
        "status": {"loadBalancer": {}},
    }
