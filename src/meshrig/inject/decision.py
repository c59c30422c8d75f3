"""What is to be done with a pod."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from meshrig.errors import InvalidInputError, Origin, Problem
from meshrig.inject.objects import (
    REDIRECT_CONTAINER,
    Json,
    annotations_of,
    containers_of,
    init_containers_of,
    is_native_sidecar,
    part,
)
from meshrig.inject.shape import check_pod
from meshrig.model.kubernetes import INGRESS_CLASS_ANNOTATION
from meshrig.names import INJECTION_LABEL, SIDECAR_CONTAINER

INJECTED_ANNOTATION = "meshrig.io/injected"
"""Written into a pod: the kind of decision that was carried out."""
_SWITCH = ("enabled", "disabled")


@dataclass(frozen=True)
class Decision:
    """``sidecar``: redirection and an Envoy beside the application. ``ingress``: the pod is an Envoy that we configure.
    ``images``: in the mesh's namespace, but only images and environment are filled in. ``none``: left as it is."""

    kind: Literal["sidecar", "ingress", "images", "none"]
    reason: str


def decide_injection(namespace_labels: Mapping[str, str], pod: Json) -> Decision:
    """The pod's annotation overrides its namespace's label, as with the App Mesh controller (specification, 15).

    Raises InvalidInputError for a pod of the wrong shape, an unknown value, and a pod that can't be in the mesh.
    """
    check_pod(pod)
    annotations = annotations_of(pod)
    label, own = namespace_labels.get(INJECTION_LABEL, "disabled"), annotations.get(INJECTION_LABEL)
    if own is not None and own not in _SWITCH:
        origin = Origin(subject=f"metadata.annotations[{INJECTION_LABEL}]")
        raise InvalidInputError([Problem(f"{own!r} is neither enabled nor disabled", origin)])
    if own == "disabled":
        in_mesh = label == "enabled"
        return Decision("images" if in_mesh else "none", f"the pod's annotation {INJECTION_LABEL} says disabled")
    if own is None and label != "enabled":
        return Decision("none", f"the namespace's label {INJECTION_LABEL} doesn't say enabled")
    if is_injected(pod):
        return Decision("images", "the pod has been injected already")
    if annotations.get(INGRESS_CLASS_ANNOTATION):
        return Decision("ingress", f"the pod serves ingress class {annotations[INGRESS_CLASS_ANNOTATION]}")
    if part(pod, "spec").get("hostNetwork"):
        message = "a pod on the node's network can't have a sidecar: the node's own traffic would be redirected"
        hint = f"drop hostNetwork, or keep the pod out of the mesh with the annotation {INJECTION_LABEL}: disabled"
        raise InvalidInputError([Problem(message, Origin(subject="spec.hostNetwork"), hint)])
    return Decision("sidecar", "the pod is in a mesh namespace")


def is_injected(pod: Json) -> bool:
    """Whether the annotation says so and the containers are there; the annotation alone would keep a pod out."""
    said = annotations_of(pod).get(INJECTED_ANNOTATION)
    if said == "ingress":
        return any("--config-yaml" in (container.get("args") or ()) for container in containers_of(pod))
    names = {container.get("name"): container for container in init_containers_of(pod)}
    sidecar = names.get(SIDECAR_CONTAINER)
    return said == "sidecar" and REDIRECT_CONTAINER in names and sidecar is not None and is_native_sidecar(sidecar)
