"""One object of the API as JSON -> the model (field names: Kubernetes API reference)."""

from collections.abc import Mapping
from typing import Any

from meshrig.errors import Origin, Problem
from meshrig.located.fields import Fields
from meshrig.located.plain import locate
from meshrig.model.cluster import ClusterNode, EndpointSlice, LoadBalancer, Namespace, Pod, SliceEndpoint
from meshrig.model.kubernetes import (
    INGRESS_CLASS_ANNOTATION,
    VIRTUAL_NODE_ANNOTATION,
    ContainerPort,
    Ingress,
    Service,
)
from meshrig.names import is_node_id_of
from meshrig.read.kubernetes.check import Findings
from meshrig.read.kubernetes.objects import read_object

JsonObject = Mapping[str, Any]
_SERVICE_NAME_LABEL = "kubernetes.io/service-name"
_POD_ANNOTATIONS = (VIRTUAL_NODE_ANNOTATION, INGRESS_CLASS_ANNOTATION)


def read_pod(value: JsonObject) -> Pod:
    metadata, status = value["metadata"], value.get("status") or {}
    annotations = dict(metadata.get("annotations") or {})
    if not _runs_envoy_of(annotations.get(VIRTUAL_NODE_ANNOTATION, ""), value["spec"]):
        annotations.pop(VIRTUAL_NODE_ANNOTATION, None)
    return Pod(
        metadata["namespace"],
        metadata["name"],
        metadata["uid"],
        status.get("podIP") or "",
        dict(metadata.get("labels") or {}),
        {name: annotations[name] for name in _POD_ANNOTATIONS if name in annotations},
        tuple(_container_ports(value["spec"])),
        status.get("phase") in ("Succeeded", "Failed"),
    )


def _runs_envoy_of(virtual_node: str, spec: JsonObject) -> bool:
    """Whether the pod was made as that virtual node: annotations can be changed later, a container's arguments can't.
    (Kubernetes documentation, "Pods", "Pod update and replacement".)"""
    arguments = [
        argument
        for container in (*(spec.get("initContainers") or ()), *(spec.get("containers") or ()))
        for argument in container.get("args") or ()
    ]
    return any(is_node_id_of(virtual_node, argument) for argument in arguments)


def _container_ports(spec: JsonObject) -> list[ContainerPort]:
    return [
        ContainerPort(port["containerPort"], port.get("name", ""), port.get("protocol", "TCP"))
        for container in spec.get("containers") or ()
        for port in container.get("ports") or ()
    ]


def read_service(value: JsonObject) -> Service:
    found = read_object("Service", *_located("Service", value))
    assert isinstance(found, Service)
    return found


def read_ingress(value: JsonObject) -> Ingress:
    found = read_object("Ingress", *_located("Ingress", value))
    assert isinstance(found, Ingress)
    return found


def read_load_balancer(kind: str, value: JsonObject) -> LoadBalancer | None:
    """None for a Service that isn't of type LoadBalancer."""
    metadata, spec, status = value["metadata"], value.get("spec") or {}, value.get("status") or {}
    if kind == "Service" and spec.get("type") != "LoadBalancer":
        return None
    given = (status.get("loadBalancer") or {}).get("ingress") or ()
    annotations = metadata.get("annotations") or {}
    class_name = spec.get("loadBalancerClass") or spec.get("ingressClassName") or ""
    return LoadBalancer(
        kind,
        metadata["namespace"],
        metadata["name"],
        metadata["uid"],
        metadata.get("creationTimestamp") or "",
        tuple(port["port"] for port in spec.get("ports") or ()) if kind == "Service" else (),
        class_name or (annotations.get("kubernetes.io/ingress.class", "") if kind == "Ingress" else ""),
        tuple(entry.get("ip") or entry.get("hostname") or "" for entry in given),
    )


def read_endpoint_slice(value: JsonObject) -> EndpointSlice:
    """IPv4 and TCP only: what Envoy is told here."""
    metadata = value["metadata"]
    labels = metadata.get("labels") or {}
    ports = {
        port.get("name") or "": port["port"]
        for port in value.get("ports") or ()
        if port.get("port") and (port.get("protocol") or "TCP") == "TCP"
    }
    endpoints = value.get("endpoints") or () if value.get("addressType") == "IPv4" else ()
    return EndpointSlice(
        metadata["namespace"],
        metadata["name"],
        labels.get(_SERVICE_NAME_LABEL, ""),
        ports,
        tuple(_slice_endpoint(endpoint) for endpoint in endpoints),
    )


def _slice_endpoint(value: JsonObject) -> SliceEndpoint:
    """An unknown readiness counts as ready (API reference, EndpointConditions)."""
    conditions = value.get("conditions") or {}
    ready = conditions.get("ready")
    return SliceEndpoint(
        tuple(value.get("addresses") or ()), ready is None or bool(ready), bool(conditions.get("terminating"))
    )


def read_namespace(value: JsonObject) -> Namespace:
    metadata = value["metadata"]
    return Namespace(metadata["name"], dict(metadata.get("labels") or {}))


def read_node(value: JsonObject) -> ClusterNode:
    addresses = (value.get("status") or {}).get("addresses") or ()
    internal = (entry["address"] for entry in addresses if entry["type"] == "InternalIP")
    return ClusterNode(value["metadata"]["name"], next((a for a in internal if ":" not in a), ""))


def _located(kind: str, value: JsonObject) -> tuple[Fields, str, str, Findings]:
    """Read as a manifest is, so that both give one model; what only processes can't do is no finding here."""
    metadata = value["metadata"]
    subject = f"{kind}/{metadata['namespace']}/{metadata['name']}"
    problems: list[Problem] = []
    kept = {key: item for key, item in value.items() if key != "status"}
    kept["metadata"] = {key: item for key, item in metadata.items() if key != "managedFields"}
    fields = Fields(locate(kept, Origin(subject=subject)), subject, problems)
    return fields, metadata["namespace"], metadata["name"], Findings(problems)
