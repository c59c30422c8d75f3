"""Kubernetes objects as written: where their pods are, and which Services select them."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from meshrig.errors import Origin
from meshrig.located.yaml_nodes import plain, read_documents
from meshrig.model.kubernetes import Service

# Where each kind keeps its pod (https://kubernetes.io/docs/reference/kubernetes-api/workload-resources/).
_TEMPLATE = ("spec", "template")
_POD_PATHS: Mapping[str, tuple[str, ...]] = {
    "Pod": (),
    "PodTemplate": ("template",),
    "CronJob": ("spec", "jobTemplate", "spec", "template"),
    "DaemonSet": _TEMPLATE,
    "Deployment": _TEMPLATE,
    "Job": _TEMPLATE,
    "ReplicaSet": _TEMPLATE,
    "ReplicationController": _TEMPLATE,
    "StatefulSet": _TEMPLATE,
}


@dataclass(frozen=True)
class Written:
    """One object and where it stands; objects of a ``List`` are objects of their own."""

    content: Any
    origin: Origin

    @property
    def kind(self) -> str:
        return str(_mapping(self.content).get("kind", ""))

    @property
    def namespace(self) -> str:
        return str(_mapping(_mapping(self.content).get("metadata")).get("namespace") or "default")

    def pod(self) -> Any:
        """Its pod or pod template; None for a kind that has none."""
        if self.kind not in _POD_PATHS:
            return None
        found = self.content
        for key in _POD_PATHS[self.kind]:
            found = _mapping(found).get(key)
        return found

    def with_pod(self, pod: Any) -> "Written":
        return Written(_replaced(self.content, _POD_PATHS[self.kind], pod), self.origin)


def read_written(path: Path, shown_as: str) -> Iterator[Written]:
    """Raises InvalidInputError for what isn't YAML."""
    for document in read_documents(path, shown_as):
        yield from _objects(plain(document), document.origin)


def read_services(objects: Iterable[Written]) -> tuple[Service, ...]:
    """Their names and what they select; ports don't matter here."""
    found = []
    for each in objects:
        metadata, spec = _mapping(_mapping(each.content).get("metadata")), _mapping(_mapping(each.content).get("spec"))
        selector = _mapping(spec.get("selector"))
        if each.kind == "Service" and selector and isinstance(metadata.get("name"), str):
            found.append(Service(each.namespace, metadata["name"], "ClusterIP", dict(selector), (), each.origin))
    return tuple(found)


def _objects(content: Any, origin: Origin) -> Iterator[Written]:
    if content is None:
        return
    top = _mapping(content)
    name = _mapping(top.get("metadata")).get("name", "")
    if top.get("kind") == "List" and isinstance(top.get("items"), list):
        for item in top["items"]:
            yield from _objects(item, origin)
    else:
        yield Written(content, Origin(origin.file, origin.line, f"{top.get('kind', 'object')}/{name}"))


def _replaced(content: Any, path: tuple[str, ...], value: Any) -> Any:
    if not path:
        return value
    return {**content, path[0]: _replaced(content[path[0]], path[1:], value)}


def _mapping(value: Any) -> Mapping[str, Any]:
    return value if isinstance(value, Mapping) else {}
