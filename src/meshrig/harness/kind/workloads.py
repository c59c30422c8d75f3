"""The project's manifests as they go to the cluster: as written, with images by digest."""

import copy
import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import yaml

from meshrig.certs.files import write_private
from meshrig.model.kubernetes import INGRESS_CLASS_ANNOTATION
from meshrig.read.manifests import manifest_files
from meshrig.runtime.kind.kubectl import Kubectl, ObjectKey, object_key

Json = dict[str, Any]


def load_objects(paths: tuple[Path, ...]) -> tuple[Json, ...]:
    """Every object of the files, already checked by ``read_manifests``; Namespaces first, since others lie in them."""
    found = [each for file in manifest_files(paths) for each in _objects(file)]
    return tuple(sorted(found, key=lambda each: each["kind"] != "Namespace"))


def ingress_images(objects: tuple[Json, ...]) -> frozenset[str]:
    """Images of pods that serve an IngressClass: placeholders, in whose place meshrig's Envoy runs."""
    return frozenset(
        container["image"]
        for template in map(_pod_template, objects)
        if (template.get("metadata", {}).get("annotations") or {}).get(INGRESS_CLASS_ANNOTATION)
        for container in template["spec"]["containers"]
    )


def with_images(content: Json, images: Mapping[str, str]) -> Json:
    """The object with every container's image replaced where ``images`` knows it."""
    if not _pod_template(content):
        return content
    copied = copy.deepcopy(content)
    spec = _pod_template(copied)["spec"]
    for container in (*spec.get("containers", ()), *spec.get("initContainers", ())):
        container["image"] = images.get(container["image"], container["image"])
    return copied


def deployments(objects: tuple[Json, ...]) -> tuple[tuple[str, str], ...]:
    """(namespace, name) of each."""
    return tuple(
        (each["metadata"].get("namespace", "default"), each["metadata"]["name"])
        for each in objects
        if each["kind"] == "Deployment"
    )


def apply_workloads(kubectl: Kubectl, objects: tuple[Json, ...], images: Mapping[str, str], memory: Path) -> None:
    """Apply all, then remove what an earlier run applied and the files no longer have.

    ``memory`` knows at every moment at least what is in the cluster, so that a run cut short leaves nothing behind.
    """
    keys = [object_key(each) for each in objects]
    gone = [key for key in _remembered(memory) if key not in keys]
    _remember(memory, [*keys, *gone])
    kubectl.apply((with_images(each, images) for each in objects), what="applying the manifests")
    kubectl.delete(gone)
    _remember(memory, keys)


def _remembered(memory: Path) -> list[ObjectKey]:
    """Empty where the file is missing or not ours: then nothing is removed."""
    try:
        return [ObjectKey(*entry) for entry in json.loads(memory.read_text())]
    except (OSError, ValueError, TypeError):
        return []


def _remember(memory: Path, keys: list[ObjectKey]) -> None:
    write_private(memory, json.dumps([[key.kind, key.namespace, key.name] for key in keys]))


def _objects(file: Path) -> Iterator[Json]:
    for document in yaml.safe_load_all(file.read_text()):
        if document:
            yield from document["items"] if document["kind"] == "List" else [document]


def _pod_template(content: Json) -> Json:
    """The pod that an object is, or makes; empty for one that makes none."""
    if content["kind"] == "Pod":
        return content
    spec = content.get("spec") or {}
    if content["kind"] == "CronJob":
        spec = spec["jobTemplate"]["spec"]
    template: Json = spec.get("template") or {}
    return template if "spec" in template else {}
