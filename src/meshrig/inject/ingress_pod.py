"""A pod of an ingress class: one of its containers becomes an Envoy that the control plane configures."""

from meshrig.inject.environment import add_variables
from meshrig.inject.envoy_container import Membership, envoy_fields, envoy_volumes, with_volumes
from meshrig.inject.identity import SIDECAR_UID, confined
from meshrig.inject.objects import Document, Json, containers_of, items, part, with_spec
from meshrig.inject.options import DEFAULT_REQUESTS
from meshrig.model.control_plane import SidecarSettings
from meshrig.names import SIDECAR_CONTAINER

# What manifests write to mean "whatever Envoy the mesh runs".
_PLACEHOLDERS = ("envoyproxy/envoy:v1.40.0", "docker.io/envoyproxy/envoy:v1.40.0", "auto", "")
_FIRST_UNPRIVILEGED_PORT = 1024
_PORT_SYSCTL = "net.ipv4.ip_unprivileged_port_start"


def inject_ingress(pod: Json, membership: Membership, settings: SidecarSettings) -> Document:
    """Nothing is redirected: the Envoy itself listens on the pod's ports, and calls the mesh with its certificate."""
    containers = containers_of(pod)
    chosen = find_envoy(containers)
    envoy = _build_envoy(containers[chosen], membership, settings)
    containers = [
        envoy if at == chosen else add_variables(container, settings.pod_environment)
        for at, container in enumerate(containers)
    ]
    spec = part(pod, "spec")
    return with_spec(
        pod,
        containers=containers,
        volumes=with_volumes(spec, envoy_volumes(membership.options)),
        securityContext=_pod_security(spec, envoy),
        terminationGracePeriodSeconds=membership.grace_seconds,
    )


def find_envoy(containers: list[Document]) -> int:
    """The place of the container named ``envoy``, else the first."""
    return next((at for at, each in enumerate(containers) if each["name"] == SIDECAR_CONTAINER), 0)


def _build_envoy(container: Json, membership: Membership, settings: SidecarSettings) -> Document:
    own_security = part(container, "securityContext")
    uid = own_security.get("runAsUser") or SIDECAR_UID
    resources = part(container, "resources")
    requests = DEFAULT_REQUESTS | dict(membership.options.requests) | part(resources, "requests")
    limits = part(resources, "limits") | dict(membership.options.limits)
    placeholder = (container.get("image") or "") in _PLACEHOLDERS and not membership.options.keep_image
    return {
        **container,
        "image": settings.envoy_image if placeholder else container.get("image"),
        "resources": {"requests": requests, **({"limits": limits} if limits else {})},
        "securityContext": {**confined(uid), **own_security, "runAsUser": uid, "runAsNonRoot": True},
        **envoy_fields(container, membership, (), settings),
    }


def _pod_security(spec: Json, envoy: Json) -> Document | None:
    """Ports below 1024 are for root only, unless the pod's network says otherwise (a sysctl that Kubernetes calls safe:
    https://kubernetes.io/docs/tasks/administer-cluster/sysctl-cluster/)."""
    own = part(spec, "securityContext")
    lowest = min((port["containerPort"] for port in items(envoy, "ports")), default=_FIRST_UNPRIVILEGED_PORT)
    named = {sysctl["name"] for sysctl in items(own, "sysctls")}
    if lowest < _FIRST_UNPRIVILEGED_PORT and _PORT_SYSCTL not in named:
        own["sysctls"] = [*items(own, "sysctls"), {"name": _PORT_SYSCTL, "value": "0"}]
    return own or None
