"""The pod template of a workload."""

from collections.abc import Callable

from meshrig.located.fields import Fields
from meshrig.model.kubernetes import Container, ContainerPort, EnvFrom, EnvVar, PodTemplate, Probe

Note = Callable[[str], None]

_POD_UNSUPPORTED = (
    "activeDeadlineSeconds", "affinity", "automountServiceAccountToken", "dnsConfig", "dnsPolicy",
    "enableServiceLinks", "ephemeralContainers", "hostAliases", "hostIPC", "hostNetwork", "hostPID", "hostUsers",
    "hostname", "imagePullSecrets", "initContainers", "nodeName", "nodeSelector", "os", "overhead", "preemptionPolicy",
    "priority", "priorityClassName", "readinessGates", "restartPolicy", "runtimeClassName", "schedulerName",
    "securityContext", "setHostnameAsFQDN", "shareProcessNamespace", "subdomain", "tolerations",
    "topologySpreadConstraints", "volumes",
)  # fmt: skip
_CONTAINER_UNSUPPORTED = (
    "imagePullPolicy", "lifecycle", "resizePolicy", "resources", "restartPolicy", "securityContext", "stdin",
    "stdinOnce", "terminationMessagePath", "terminationMessagePolicy", "tty", "volumeDevices", "volumeMounts",
    "workingDir",
)  # fmt: skip


def read_pod_template(template: Fields, note: Note) -> PodTemplate:
    """Labels, annotations and the parts of the pod's spec that a process can have."""
    metadata = template.fields("metadata")
    labels, annotations = metadata.text_map("labels"), metadata.text_map("annotations")
    metadata.close(("name", "namespace", "creationTimestamp"))
    spec = template.fields("spec", required=True)
    containers = tuple(_container(container, note) for container in spec.each("containers"))
    if not containers:
        spec.problem("needs at least one container", "containers")
    account = spec.text("serviceAccountName") or spec.text("serviceAccount") or "default"
    grace = spec.integer("terminationGracePeriodSeconds", 30)
    spec.close(_POD_UNSUPPORTED, note)
    template.close()
    return PodTemplate(labels, annotations, containers, account, grace)


def _container(container: Fields, note: Note) -> Container:
    found = Container(
        name=container.text("name", required=True),
        image=container.text("image", required=True),
        command=container.texts("command"),
        args=container.texts("args"),
        env=tuple(_env(env) for env in container.each("env")),
        env_from=tuple(_env_from(source) for source in container.each("envFrom")),
        ports=tuple(_port(port, note) for port in container.each("ports")),
        liveness_probe=_probe(container, "livenessProbe", note),
        readiness_probe=_probe(container, "readinessProbe", note),
        startup_probe=_probe(container, "startupProbe", note),
        origin=container.place("image"),
    )
    container.close(_CONTAINER_UNSUPPORTED, note)
    return found


def _port(port: Fields, note: Note) -> ContainerPort:
    found = ContainerPort(port.integer("containerPort", required=True), port.text("name"), port.text("protocol", "TCP"))
    port.close(("hostPort", "hostIP"), note)
    return found


def _env(env: Fields) -> EnvVar:
    name, value = env.text("name", required=True), env.text("value")
    source = env.fields("valueFrom")
    config_map, secret = source.fields("configMapKeyRef"), source.fields("secretKeyRef")
    reference = config_map if source.has("configMapKeyRef") else secret
    pod_field = source.fields("fieldRef")
    found = EnvVar(
        name=name,
        value=value,
        config_map=config_map.text("name"),
        secret=secret.text("name"),
        key=reference.text("key"),
        field_path=pod_field.text("fieldPath"),
        optional=reference.flag("optional"),
        origin=env.place("name"),
    )
    pod_field.node("apiVersion")
    for part in (config_map, secret, pod_field, source, env):
        part.close()
    return found


def _env_from(source: Fields) -> EnvFrom:
    config_map, secret = source.fields("configMapRef"), source.fields("secretRef")
    reference = config_map if source.has("configMapRef") else secret
    optional = reference.flag("optional")
    found = EnvFrom(config_map.text("name"), secret.text("name"), source.text("prefix"), optional, source.place())
    if not (found.config_map or found.secret):
        source.problem("needs a configMapRef or a secretRef")
    for part in (config_map, secret, source):
        part.close()
    return found


def _probe(container: Fields, key: str, note: Note) -> Probe | None:
    if not container.has(key):
        return None
    probe = container.fields(key)
    http, tcp, command = probe.fields("httpGet"), probe.fields("tcpSocket"), probe.fields("exec")
    given = [name for name in ("httpGet", "tcpSocket", "exec") if probe.has(name)]
    if len(given) != 1 and not probe.has("grpc"):
        probe.problem("needs exactly one of httpGet, tcpSocket and exec")
    found = Probe(
        http_path=http.text("path", "/") if http.names() else "",
        port=(http if http.names() else tcp).int_or_text("port", 0, required="exec" not in given),
        tcp=bool(tcp.names()),
        command=command.texts("command"),
        initial_delay_seconds=probe.integer("initialDelaySeconds", 0),
        period_seconds=probe.integer("periodSeconds", 10),
        timeout_seconds=probe.integer("timeoutSeconds", 1),
        success_threshold=probe.integer("successThreshold", 1),
        failure_threshold=probe.integer("failureThreshold", 3),
    )
    for part in (http, tcp, command, probe):
        part.close(("host", "httpHeaders", "scheme", "grpc", "terminationGracePeriodSeconds"), note)
    return found
