"""What of a pod would break its sidecar, or let traffic pass beside it."""

from collections.abc import Iterator, Sequence

from meshrig.errors import Origin, Problem
from meshrig.inject.annotations import PREFIX
from meshrig.inject.identity import SIDECAR_UID
from meshrig.inject.objects import OWN_CONTAINERS, Json, containers_of, init_containers_of, items, part
from meshrig.inject.options import SidecarOptions
from meshrig.inject.redirect import INBOUND_PORT, OUTBOUND_PORT
from meshrig.names import ENVOY_ADMIN_PORT, PROBE_PORT

_OWN_PORTS = frozenset({INBOUND_PORT, OUTBOUND_PORT, PROBE_PORT, ENVOY_ADMIN_PORT})


def find_conflicts(pod: Json, options: SidecarOptions, app_ports: Sequence[int]) -> Iterator[Problem]:
    """``app_ports`` are the ports of the virtual node's listeners."""
    spec = part(pod, "spec")
    if spec.get("hostNetwork"):
        yield Problem("redirecting would hit the node's own traffic", Origin(subject="spec.hostNetwork"))
    if part(spec, "os").get("name") not in (None, "linux"):
        yield Problem("only Linux pods can have a sidecar", Origin(subject="spec.os.name"))
    pod_user = part(spec, "securityContext").get("runAsUser")
    containers = [*init_containers_of(pod), *containers_of(pod)]
    names = [container["name"] for container in containers]
    for name in sorted({name for name in names if names.count(name) > 1}):
        yield Problem("two containers have this name", Origin(subject=f"container {name}"))
    for container in containers:
        yield from _container_conflicts(container, pod_user)
    yield from _listener_conflicts(options, app_ports)


def find_missing_volumes(pod: Json, options: SidecarOptions) -> Iterator[Problem]:
    """Volumes that annotations mount and the pod doesn't have."""
    names = {volume["name"] for volume in items(part(pod, "spec"), "volumes")}
    for mount in options.volume_mounts:
        if mount.source not in names:
            origin = Origin(subject=f"metadata.annotations[{PREFIX}volumeMounts]")
            yield Problem(f"the pod has no volume {mount.source!r}", origin)


def _container_conflicts(container: Json, pod_user: int | None) -> Iterator[Problem]:
    origin = Origin(subject=f"container {container['name']}")
    if container["name"] in OWN_CONTAINERS:
        yield Problem("the name is the injected container's", origin, "rename it")
    if part(container, "securityContext").get("runAsUser", pod_user) == SIDECAR_UID:
        message = f"user {SIDECAR_UID} is the sidecar's, whose connections bypass the mesh"
        yield Problem(message, origin.child("securityContext.runAsUser"), "run it as another user")
    for port in items(container, "ports"):
        number = port["containerPort"]
        if number in _OWN_PORTS and (port.get("protocol") or "TCP") == "TCP":
            yield Problem(f"port {number} is the sidecar's", origin.child("ports"), "use another")


def _listener_conflicts(options: SidecarOptions, app_ports: Sequence[int]) -> Iterator[Problem]:
    origin = Origin(subject=f"metadata.annotations[{PREFIX}ports]")
    for port in _OWN_PORTS & frozenset(options.inbound_ports or ()):
        yield Problem(f"port {port} is the sidecar's own", origin)
    for port in app_ports:
        if port in _OWN_PORTS:
            yield Problem(f"the virtual node listens on {port}, which is the sidecar's own port")
        elif options.inbound_ports is not None and port not in options.inbound_ports:
            message = f"leaves out port {port}, a listener of the virtual node: it would be open to anyone"
            yield Problem(message, origin, "name it, or drop the annotation")
