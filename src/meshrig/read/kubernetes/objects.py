"""Objects whose shape was checked -> the model's; what a shape can't say is checked here."""

import base64
import binascii

from meshrig.located.fields import Fields
from meshrig.model.kubernetes import (
    ConfigMap,
    Deployment,
    Ingress,
    IngressPath,
    IngressRule,
    Secret,
    Service,
    ServiceAccount,
    ServicePort,
)
from meshrig.read.kubernetes.check import Findings
from meshrig.read.kubernetes.pod_template import read_pod_template

Object = Deployment | Service | Ingress | ConfigMap | Secret | ServiceAccount


def read_object(kind: str, top: Fields, namespace: str, name: str, findings: Findings) -> Object | None:
    """None for a kind that means nothing to plain processes. Problems go where ``top`` puts them."""
    match kind:
        case "Deployment":
            return _deployment(top, namespace, name, findings)
        case "Service":
            return _service(top, namespace, name, findings)
        case "Ingress":
            return _ingress(top, namespace, name)
        case "ConfigMap":
            return ConfigMap(namespace, name, top.text_map("data"), top.place())
        case "Secret":
            return _secret(top, namespace, name)
        case "ServiceAccount":
            return ServiceAccount(namespace, name, top.place())
    return None


def _deployment(top: Fields, namespace: str, name: str, findings: Findings) -> Deployment:
    spec = top.fields("spec")
    labels = spec.fields("selector").text_map("matchLabels")
    template = read_pod_template(spec.fields("template"), findings)
    if not labels and not spec.fields("selector").has("matchExpressions"):
        spec.problem("selector needs matchLabels", "selector")
    elif not labels.items() <= dict(template.labels).items():
        spec.problem("selector does not match the labels of the pod template", "selector")
    return Deployment(namespace, name, spec.integer("replicas", 1), labels, template, top.place())


def _service(top: Fields, namespace: str, name: str, findings: Findings) -> Service:
    spec = top.fields("spec")
    kind = spec.text("type", "ClusterIP")
    ports = tuple(_service_port(port, kind, findings) for port in spec.each("ports"))
    if kind in {"LoadBalancer", "ExternalName"}:
        findings.note(spec.place("type"), f"type {kind}")
    if not ports and kind != "ExternalName" and spec.text("clusterIP") != "None":
        spec.problem("ports is missing")
    names = [port.name for port in ports]
    if len(ports) > 1 and not all(names):
        spec.problem("each of several ports needs a name", "ports")
    for double in sorted({name for name in names if name and names.count(name) > 1}):
        spec.problem(f"the port name {double} stands twice", "ports")
    return Service(namespace, name, kind, spec.text_map("selector"), ports, top.place())


def _service_port(port: Fields, kind: str, findings: Findings) -> ServicePort:
    protocol = port.text("protocol", "TCP")
    if protocol != "TCP":
        findings.note(port.place("protocol"), f"protocol {protocol}")
    if port.has("nodePort") and kind not in {"NodePort", "LoadBalancer"}:
        port.problem(f"a Service of type {kind} has no node port", "nodePort", "type: NodePort")
    number = port.integer("port")
    return ServicePort(number, port.int_or_text("targetPort", number), port.text("name"), port.integer("nodePort"))


def _ingress(top: Fields, namespace: str, name: str) -> Ingress:
    spec, annotations = top.fields("spec"), top.fields("metadata").text_map("annotations")
    rules = tuple(_ingress_rule(rule) for rule in spec.each("rules"))
    default = spec.fields("defaultBackend")
    backend = _backend(default, "/", "Prefix") if default.has("service") else None
    if not rules and not spec.has("defaultBackend"):
        spec.problem("needs rules or a defaultBackend")
    class_name = spec.text("ingressClassName") or annotations.get("kubernetes.io/ingress.class", "")
    return Ingress(namespace, name, class_name, rules, annotations, backend, top.place())


def _ingress_rule(rule: Fields) -> IngressRule:
    paths = rule.fields("http").each("paths")
    return IngressRule(rule.text("host"), tuple(_ingress_path(p) for p in paths if p.fields("backend").has("service")))


def _ingress_path(path: Fields) -> IngressPath:
    kind = path.text("pathType")
    if not path.text("path", "/").startswith("/"):
        path.problem("must begin with /", "path")
    return _backend(path.fields("backend"), path.text("path", "/"), kind)


def _backend(backend: Fields, path: str, kind: str) -> IngressPath:
    service = backend.fields("service")
    port = service.fields("port")
    number = port.text("name") or port.integer("number")
    return IngressPath(path, kind, service.text("name"), number, service.place("name"))


def _secret(top: Fields, namespace: str, name: str) -> Secret:
    data = top.fields("data")
    values = {key: _decode(data, key) for key in data.names()}
    return Secret(namespace, name, values | top.text_map("stringData"), top.place())


def _decode(data: Fields, key: str) -> str:
    try:
        return base64.b64decode("".join(data.text(key).split()), validate=True).decode()
    except (binascii.Error, UnicodeError):
        data.problem("is not base64 of UTF-8 text", key, "stringData takes plain text")
        return ""
