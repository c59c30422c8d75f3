"""The parts of a core/v1 Pod, read as the API server reads them: null, or not there, is empty."""

from collections.abc import Iterator, Mapping
from typing import Any

from meshrig.names import SIDECAR_CONTAINER

Json = Mapping[str, Any]
Document = dict[str, Any]

REDIRECT_CONTAINER = "meshrig-redirect"
OWN_CONTAINERS = frozenset({REDIRECT_CONTAINER, SIDECAR_CONTAINER})
"""Names that injected containers take."""


def part(holder: Json, key: str) -> Document:
    """A copy of the mapping under that key."""
    return dict(holder.get(key) or {})


def items(holder: Json, key: str) -> list[Document]:
    """Copies of the mappings in the list under that key."""
    return [dict(item) for item in holder.get(key) or ()]


def annotations_of(pod: Json) -> dict[str, str]:
    return dict(part(pod, "metadata").get("annotations") or {})


def containers_of(pod: Json) -> list[Document]:
    return items(part(pod, "spec"), "containers")


def init_containers_of(pod: Json) -> list[Document]:
    return items(part(pod, "spec"), "initContainers")


def is_native_sidecar(container: Json) -> bool:
    """An init container that goes on running beside the containers."""
    return container.get("restartPolicy") == "Always"


def probed_containers(pod: Json) -> Iterator[Document]:
    """Those that may have probes and hooks, without what an injection has added."""
    yield from containers_of(pod)
    for container in init_containers_of(pod):
        if is_native_sidecar(container) and container.get("name") not in OWN_CONTAINERS:
            yield container


def with_spec(pod: Json, **fields: Any) -> Document:
    """The pod with these fields of its spec in place of its own; fields that are None are dropped."""
    spec = {**part(pod, "spec"), **fields}
    return {**pod, "spec": {key: value for key, value in spec.items() if value is not None or key not in fields}}


def with_annotations(pod: Json, added: Mapping[str, str]) -> Document:
    """The pod with these annotations over its own."""
    if not added:
        return dict(pod)
    metadata = part(pod, "metadata")
    return {**pod, "metadata": {**metadata, "annotations": {**annotations_of(pod), **added}}}
