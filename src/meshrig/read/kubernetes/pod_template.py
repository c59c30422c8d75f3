"""A pod template whose shape was checked -> PodTemplate."""

import re

from meshrig.located.fields import Fields, did_you_mean
from meshrig.model.kubernetes import Container, ContainerPort, EnvFrom, EnvVar, PodTemplate, Probe
from meshrig.read.kubernetes.check import Findings

# What the downward API gives to variables (Kubernetes documentation, "Downward API"), as far as processes have it.
_FIELD_PATHS = frozenset(
    ("metadata.name", "metadata.namespace", "metadata.uid", "spec.nodeName", "spec.serviceAccountName",
     "status.hostIP", "status.hostIPs", "status.podIP", "status.podIPs")
)  # fmt: skip
_FIELD_PATH_KEY = re.compile(r"metadata\.(labels|annotations)\['[^']+'\]")


def read_pod_template(template: Fields, findings: Findings) -> PodTemplate:
    """Labels, annotations and the parts of the pod's spec that a process can have."""
    metadata, spec = template.fields("metadata"), template.fields("spec")
    containers = tuple(_container(container, findings) for container in spec.each("containers"))
    _check_names(spec, containers)
    return PodTemplate(
        labels=metadata.text_map("labels"),
        annotations=metadata.text_map("annotations"),
        containers=containers,
        service_account=spec.text("serviceAccountName") or spec.text("serviceAccount") or "default",
        termination_grace_period_seconds=spec.integer("terminationGracePeriodSeconds", 30),
    )


def _check_names(spec: Fields, containers: tuple[Container, ...]) -> None:
    """Containers of a pod share its network, so the names and numbers of ports are the pod's."""
    ports = [port for container in containers for port in container.ports]
    named = [("container name", c.name) for c in containers]
    named += [("port name", port.name) for port in ports if port.name]
    named += [("container port", f"{port.container_port}/{port.protocol}") for port in ports]
    for what, name in dict.fromkeys(pair for pair in named if named.count(pair) > 1):
        spec.problem(f"the {what} {name} stands twice", "containers")


def _container(container: Fields, findings: Findings) -> Container:
    ports = tuple(_port(port, findings) for port in container.each("ports"))
    names = frozenset(port.name for port in ports)
    return Container(
        name=container.text("name"),
        image=container.text("image"),
        command=container.texts("command"),
        args=container.texts("args"),
        env=tuple(found for env in container.each("env") if (found := _env(env))),
        env_from=tuple(_env_from(source) for source in container.each("envFrom")),
        ports=ports,
        liveness_probe=_probe(container, "livenessProbe", names),
        readiness_probe=_probe(container, "readinessProbe", names),
        startup_probe=_probe(container, "startupProbe", names),
        origin=container.place("image"),
    )


def _port(port: Fields, findings: Findings) -> ContainerPort:
    found = ContainerPort(port.integer("containerPort"), port.text("name"), port.text("protocol", "TCP"))
    if found.protocol != "TCP":
        findings.note(port.place("protocol"), f"protocol {found.protocol}")
    return found


def _env(env: Fields) -> EnvVar | None:
    """None for a source that processes can't have; the check of the shape has named it."""
    source = env.fields("valueFrom")
    if source.has("resourceFieldRef") or source.has("fileKeyRef"):
        return None
    if env.text("value") and env.has("valueFrom"):
        env.problem("must be empty where valueFrom is given", "value")
    config_map, secret, field = (source.fields(n) for n in ("configMapKeyRef", "secretKeyRef", "fieldRef"))
    reference = config_map if source.has("configMapKeyRef") else secret
    path = field.text("fieldPath")
    if path and path not in _FIELD_PATHS and not _FIELD_PATH_KEY.fullmatch(path):
        field.problem(f"{path} is not a field that variables can have", "fieldPath", did_you_mean(path, _FIELD_PATHS))
    return EnvVar(
        name=env.text("name"),
        value=env.text("value"),
        config_map=config_map.text("name"),
        secret=secret.text("name"),
        key=reference.text("key"),
        field_path=path,
        optional=reference.flag("optional"),
        origin=env.place("name"),
    )


def _env_from(source: Fields) -> EnvFrom:
    config_map, secret = source.fields("configMapRef"), source.fields("secretRef")
    reference = config_map if source.has("configMapRef") else secret
    optional = reference.flag("optional")
    return EnvFrom(config_map.text("name"), secret.text("name"), source.text("prefix"), optional, source.place())


def _probe(container: Fields, key: str, port_names: frozenset[str]) -> Probe | None:
    """None where there is none, or one by gRPC, which the check of the shape has named."""
    probe = container.fields(key)
    if not container.has(key) or probe.has("grpc"):
        return None
    http, tcp = probe.fields("httpGet"), probe.fields("tcpSocket")
    target = http if probe.has("httpGet") else tcp
    port = target.int_or_text("port", 0)
    if isinstance(port, str) and port not in port_names:
        target.problem(f"{port} is not the name of a port of this container", "port", did_you_mean(port, port_names))
    return Probe(
        http_path=http.text("path", "/") if probe.has("httpGet") else "",
        port=port,
        tcp=probe.has("tcpSocket"),
        command=probe.fields("exec").texts("command"),
        initial_delay_seconds=probe.integer("initialDelaySeconds", 0),
        period_seconds=probe.integer("periodSeconds", 10),
        timeout_seconds=probe.integer("timeoutSeconds", 1),
        success_threshold=probe.integer("successThreshold", 1),
        failure_threshold=probe.integer("failureThreshold", 3),
    )
