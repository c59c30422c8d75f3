"""Kubernetes manifests -> ManifestSet. A misspelt field is an error; a real one we can't honour is named."""

import base64
import binascii
import os
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from pathlib import Path

from meshrig.errors import InvalidInputError, Origin, Problem
from meshrig.located.fields import Fields, did_you_mean, raise_problems
from meshrig.located.yaml_nodes import Node, read_documents
from meshrig.model.kubernetes import (
    ConfigMap,
    Deployment,
    Ingress,
    IngressPath,
    IngressRule,
    ManifestSet,
    Secret,
    Service,
    ServiceAccount,
    ServicePort,
)
from meshrig.read.pods import read_pod_template
from meshrig.read.references import check_references

_SUFFIXES = (".yaml", ".yml", ".json")
# Kinds that other targets need and that mean nothing to plain processes.
_QUIET_KINDS = frozenset({"Namespace", "IngressClass"})
_OTHER_KINDS = frozenset(
    ("ClusterRole", "ClusterRoleBinding", "CronJob", "CustomResourceDefinition", "DaemonSet", "Endpoints",
     "EndpointSlice", "HorizontalPodAutoscaler", "Job", "LimitRange", "MutatingWebhookConfiguration", "NetworkPolicy",
     "PersistentVolume", "PersistentVolumeClaim", "Pod", "PodDisruptionBudget", "PriorityClass", "ReplicaSet",
     "ResourceQuota", "Role", "RoleBinding", "StatefulSet", "StorageClass", "ValidatingWebhookConfiguration")
)  # fmt: skip


@dataclass
class _Reading:
    """What has been read so far; only this module holds one."""

    problems: list[Problem] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    deployments: list[Deployment] = field(default_factory=list)
    services: list[Service] = field(default_factory=list)
    ingresses: list[Ingress] = field(default_factory=list)
    config_maps: list[ConfigMap] = field(default_factory=list)
    secrets: list[Secret] = field(default_factory=list)
    service_accounts: list[ServiceAccount] = field(default_factory=list)
    seen: dict[tuple[str, str, str], Origin] = field(default_factory=dict)


def read_manifests(paths: Iterable[Path]) -> ManifestSet:
    """All objects of the files and folders (sorted by name). Raises InvalidInputError with every problem."""
    reading = _Reading()
    for path in _files(paths):
        try:
            documents = read_documents(path, os.path.relpath(path))
        except InvalidInputError as error:
            reading.problems.extend(error.problems)
            continue
        for document in documents:
            _read_object(document, reading)
    found = ManifestSet(
        tuple(reading.deployments),
        tuple(reading.services),
        tuple(reading.ingresses),
        tuple(reading.config_maps),
        tuple(reading.secrets),
        tuple(reading.service_accounts),
        tuple(reading.notes),
    )
    reading.problems.extend(check_references(found))
    raise_problems(reading.problems)
    return found


def _files(paths: Iterable[Path]) -> list[Path]:
    files = []
    for path in paths:
        inside = sorted(p for p in path.rglob("*") if p.suffix in _SUFFIXES) if path.is_dir() else [path]
        files.extend(inside)
    return files


def _read_object(document: Node, reading: _Reading) -> None:
    top = Fields(document, "", reading.problems)
    kind = top.text("kind", required=True)
    api_version = top.text("apiVersion", required=True)
    metadata = top.fields("metadata", required=True)
    name = metadata.text("name", required=True)
    namespace = metadata.text("namespace", "default")
    top.subject = f"{kind}/{name}"
    if not kind or not name:
        return
    earlier = reading.seen.setdefault((kind, namespace, name), top.place())
    if earlier is not top.place() and (earlier.file, earlier.line) != (top.origin.file, top.origin.line):
        top.problem(f"stands twice, first at {earlier.file}:{earlier.line}", "kind")
    if kind not in _READERS:
        _other_kind(kind, top, reading)
        return
    expected, reader = _READERS[kind]
    if api_version != expected:
        top.problem(f"apiVersion must be {expected}, not {api_version}", "apiVersion")
    for known in ("labels", "annotations"):
        metadata.node(known)
    metadata.close(("uid", "resourceVersion", "creationTimestamp", "generation", "finalizers", "ownerReferences"))
    reader(top, namespace, name, reading)
    top.close(("status",))


def _other_kind(kind: str, top: Fields, reading: _Reading) -> None:
    if kind in _QUIET_KINDS:
        return
    if kind in _OTHER_KINDS:
        reading.notes.append(f"{top.place()} is not run by the process runtime")
    else:
        known = {*_READERS, *_OTHER_KINDS, *_QUIET_KINDS}
        top.problem(f"unknown kind {kind}", "kind", did_you_mean(kind, known))


def _deployment(top: Fields, namespace: str, name: str, reading: _Reading) -> None:
    spec = top.fields("spec", required=True)
    selector = spec.fields("selector", required=True)
    labels = selector.text_map("matchLabels")
    selector.close(("matchExpressions",), reading.notes.append)
    replicas = spec.integer("replicas", 1)
    if replicas < 0:
        spec.problem("must not be negative", "replicas")
    template = read_pod_template(spec.fields("template", required=True), reading.notes.append)
    if not labels.items() <= dict(template.labels).items() or not labels:
        spec.problem("selector does not match the labels of the pod template", "selector")
    spec.close(
        ("strategy", "minReadySeconds", "revisionHistoryLimit", "paused", "progressDeadlineSeconds"),
        reading.notes.append,
    )
    reading.deployments.append(Deployment(namespace, name, replicas, labels, template, top.place()))


def _service(top: Fields, namespace: str, name: str, reading: _Reading) -> None:
    spec = top.fields("spec", required=True)
    kind = spec.text("type", "ClusterIP")
    if kind not in {"ClusterIP", "NodePort", "LoadBalancer", "ExternalName"}:
        spec.problem(f"unknown type {kind}", "type", "ClusterIP, NodePort, LoadBalancer or ExternalName")
    ports = []
    for port in spec.each("ports"):
        number = port.integer("port", required=True)
        target = port.int_or_text("targetPort", number)
        ports.append(ServicePort(number, target, port.text("name"), port.integer("nodePort")))
        if port.text("protocol", "TCP") != "TCP":
            reading.notes.append(f"{port.place('protocol')} is not honoured by the process runtime")
        port.close(("appProtocol",), reading.notes.append)
    selector = spec.text_map("selector")
    spec.close(
        ("clusterIP", "clusterIPs", "sessionAffinity", "sessionAffinityConfig", "externalTrafficPolicy", "externalName",
         "internalTrafficPolicy", "ipFamilies", "ipFamilyPolicy", "loadBalancerClass", "loadBalancerSourceRanges",
         "allocateLoadBalancerNodePorts", "externalIPs", "healthCheckNodePort", "publishNotReadyAddresses",
         "loadBalancerIP", "trafficDistribution"),
        reading.notes.append,
    )  # fmt: skip
    reading.services.append(Service(namespace, name, kind, selector, tuple(ports), top.place()))


def _ingress(top: Fields, namespace: str, name: str, reading: _Reading) -> None:
    annotations = top.fields("metadata").text_map("annotations")
    spec = top.fields("spec", required=True)
    rules = []
    for rule in spec.each("rules"):
        http = rule.fields("http", required=True)
        paths = tuple(_ingress_path(path) for path in http.each("paths"))
        rules.append(IngressRule(rule.text("host"), paths))
        http.close()
        rule.close()
    default = spec.fields("defaultBackend") if spec.has("defaultBackend") else None
    backend = _backend(default, "/", "Prefix", default.place()) if default else None
    class_name = spec.text("ingressClassName") or annotations.get("kubernetes.io/ingress.class", "")
    spec.close(("tls",), reading.notes.append)
    reading.ingresses.append(Ingress(namespace, name, class_name, tuple(rules), annotations, backend, top.place()))


def _ingress_path(path: Fields) -> IngressPath:
    kind = path.text("pathType", required=True)
    if kind and kind not in {"Prefix", "Exact", "ImplementationSpecific"}:
        path.problem(f"unknown path type {kind}", "pathType", "Prefix, Exact or ImplementationSpecific")
    found = _backend(path.fields("backend", required=True), path.text("path", "/"), kind, path.place("path"))
    path.close()
    return found


def _backend(backend: Fields, path: str, kind: str, origin: Origin) -> IngressPath:
    service = backend.fields("service", required=True)
    port = service.fields("port", required=True)
    number = port.text("name") or port.integer("number")
    if not number:
        port.problem("needs a name or a number")
    name = service.text("name", required=True)
    for part in (port, service, backend):
        part.close(("resource",))
    return IngressPath(path, kind, name, number, origin)


def _config_map(top: Fields, namespace: str, name: str, reading: _Reading) -> None:
    reading.config_maps.append(ConfigMap(namespace, name, top.text_map("data"), top.place()))
    for key in ("immutable", "binaryData"):
        top.node(key)


def _secret(top: Fields, namespace: str, name: str, reading: _Reading) -> None:
    data = top.fields("data")
    values = {key: _decode(data, key) for key in data.names()}
    reading.secrets.append(Secret(namespace, name, values | top.text_map("stringData"), top.place()))
    for key in ("immutable", "type"):
        top.node(key)


def _decode(data: Fields, key: str) -> str:
    try:
        return base64.b64decode(data.text(key), validate=True).decode()
    except (binascii.Error, UnicodeDecodeError):
        data.problem("is not base64 of UTF-8 text", key, "stringData takes plain text")
        return ""


def _service_account(top: Fields, namespace: str, name: str, reading: _Reading) -> None:
    reading.service_accounts.append(ServiceAccount(namespace, name, top.place()))
    for key in ("automountServiceAccountToken", "imagePullSecrets", "secrets"):
        top.node(key)


_READERS: dict[str, tuple[str, Callable[[Fields, str, str, _Reading], None]]] = {
    "Deployment": ("apps/v1", _deployment),
    "Service": ("v1", _service),
    "Ingress": ("networking.k8s.io/v1", _ingress),
    "ConfigMap": ("v1", _config_map),
    "Secret": ("v1", _secret),
    "ServiceAccount": ("v1", _service_account),
}
