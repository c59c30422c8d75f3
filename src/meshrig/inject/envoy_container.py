"""The Envoy of a pod: as a native sidecar, or as the container that a pod of an ingress class already has."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from meshrig.inject.bootstrap import TOKEN_FILE, TOKEN_FOLDER, Upstream, as_argument, build_bootstrap
from meshrig.inject.environment import POD_FIELDS, add_variables, pod_field_variables
from meshrig.inject.identity import SIDECAR_UID, confined
from meshrig.inject.objects import Document, Json, items, part
from meshrig.inject.options import Mount, SidecarOptions
from meshrig.inject.probe import ProbeTarget
from meshrig.inject.termination import drain_arguments, drain_hook
from meshrig.model.control_plane import SidecarSettings
from meshrig.names import PROBE_PORT, SIDECAR_CONTAINER, TOKEN_AUDIENCE, virtual_node_id

TOKEN_VOLUME = "meshrig-token"
_TOKEN_SECONDS = 3600
_STATS_PORT_NAME = "envoy-stats"
# App Mesh's Envoy took every core; a sidecar needs no more than two.
_WORKERS = 2
_READY = {"httpGet": {"path": "/ready", "port": PROBE_PORT, "scheme": "HTTP"}}
_STARTUP_PROBE = {**_READY, "periodSeconds": 1, "timeoutSeconds": 3, "failureThreshold": 600}
_READINESS_PROBE = {**_READY, "periodSeconds": 5, "timeoutSeconds": 3, "failureThreshold": 3}


@dataclass(frozen=True)
class Membership:
    """Which virtual node the pod is, what its annotations ask, and how long it may take to end."""

    virtual_node: str
    options: SidecarOptions
    grace_seconds: int


def build_sidecar(membership: Membership, targets: Sequence[ProbeTarget], settings: SidecarSettings) -> Document:
    """An init container that restarts always: it starts before the application's containers, and ends after them.

    They start once it is ready, which is when it has its configuration and certificates.
    """
    options = membership.options
    container = {
        "name": SIDECAR_CONTAINER,
        "image": settings.envoy_image,
        "imagePullPolicy": "IfNotPresent",
        "restartPolicy": "Always",
        "resources": _resources(options),
        "securityContext": confined(SIDECAR_UID),
    }
    return {**container, **envoy_fields(container, membership, targets, settings)}


def envoy_fields(
    container: Json, membership: Membership, targets: Sequence[ProbeTarget], settings: SidecarSettings
) -> Document:
    """What makes a container our Envoy, to be put over what it has."""
    options = membership.options
    return {
        "command": ["envoy"],
        "args": _arguments(membership, targets, settings),
        "env": _variables(container, options.environment),
        "ports": _named(items(container, "ports"), {"name": _STATS_PORT_NAME, "containerPort": PROBE_PORT}),
        "startupProbe": dict(_STARTUP_PROBE),
        "readinessProbe": dict(_READINESS_PROBE),
        "lifecycle": {**part(container, "lifecycle"), "preStop": drain_hook()},
        "volumeMounts": _mounts(container, options),
    }


def envoy_volumes(options: SidecarOptions) -> list[Document]:
    """The token that the control plane asks for, bound to the pod, and the secrets that annotations name."""
    token = {"audience": TOKEN_AUDIENCE, "expirationSeconds": _TOKEN_SECONDS, "path": TOKEN_FILE}
    return [
        {"name": TOKEN_VOLUME, "projected": {"sources": [{"serviceAccountToken": token}]}},
        *({"name": name, "secret": {"secretName": mount.source}} for name, mount in _secrets(options)),
    ]


def with_volumes(spec: Json, added: Sequence[Document]) -> list[Document]:
    """The pod's volumes, then those of ours that it doesn't have yet."""
    own = items(spec, "volumes")
    names = {volume["name"] for volume in own}
    return own + [volume for volume in added if volume["name"] not in names]


def _arguments(membership: Membership, targets: Sequence[ProbeTarget], settings: SidecarSettings) -> list[str]:
    node, options = membership.virtual_node, membership.options
    upstream = Upstream(settings.control_plane, settings.ca_pem)
    bootstrap = build_bootstrap(upstream, settings.mesh, node, targets, options.stats_tags)
    return [
        "--service-node", virtual_node_id(settings.mesh, node, "$(POD_NAME).$(POD_NAMESPACE)"),
        "--service-cluster", virtual_node_id(settings.mesh, node, "").rstrip("/"),
        "--config-yaml", as_argument(bootstrap),
        "--log-level", options.log_level,
        "--concurrency", str(_WORKERS),
        "--disable-hot-restart",
        *drain_arguments(membership.grace_seconds),
    ]  # fmt: skip


def _variables(container: Json, environment: Mapping[str, str]) -> list[Document]:
    """The pod's fields first, which the arguments and other variables may refer to."""
    own = [variable for variable in items(container, "env") if variable["name"] not in POD_FIELDS]
    return pod_field_variables() + items(add_variables({"env": own}, environment), "env")


def _named(own: list[Document], added: Document) -> list[Document]:
    return [each for each in own if each.get("name") != added["name"]] + [added]


def _mounts(container: Json, options: SidecarOptions) -> list[Document]:
    added: list[Document] = [
        {"name": TOKEN_VOLUME, "mountPath": TOKEN_FOLDER, "readOnly": True},
        *({"name": name, "mountPath": mount.path, "readOnly": True} for name, mount in _secrets(options)),
        *({"name": mount.source, "mountPath": mount.path} for mount in options.volume_mounts),
    ]
    paths = {mount["mountPath"] for mount in added}
    return [mount for mount in items(container, "volumeMounts") if mount.get("mountPath") not in paths] + added


def _secrets(options: SidecarOptions) -> list[tuple[str, Mount]]:
    """With a name for each volume: secrets may have names that volumes may not."""
    return [(f"meshrig-secret-{number}", mount) for number, mount in enumerate(options.secret_mounts)]


def _resources(options: SidecarOptions) -> Document:
    resources: Document = {"requests": dict(options.requests)}
    if options.limits:
        resources["limits"] = dict(options.limits)
    return resources
