"""Kubernetes manifests -> ManifestSet. A misspelt field is an error; a real one we can't honour is named."""

import os
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

from meshrig.errors import InvalidInputError, Origin, Problem
from meshrig.located.fields import Fields, did_you_mean, raise_problems
from meshrig.located.yaml_nodes import Mapping, Node, Scalar, read_documents
from meshrig.model.kubernetes import (
    ConfigMap,
    Deployment,
    Ingress,
    ManifestSet,
    Secret,
    Service,
    ServiceAccount,
)
from meshrig.read.kubernetes.check import Findings, check_shape
from meshrig.read.kubernetes.kinds import CLUSTER_KINDS, KINDS, is_custom
from meshrig.read.kubernetes.objects import Object, read_object
from meshrig.read.kubernetes.references import ClusterPods, check_references

_SUFFIXES = (".yaml", ".yml", ".json")


@dataclass
class _Reading:
    """What has been read so far; only this module holds one."""

    findings: Findings = field(default_factory=Findings)
    objects: list[Object] = field(default_factory=list)
    cluster_pods: list[ClusterPods] = field(default_factory=list)
    seen: dict[tuple[str, str, str], Origin] = field(default_factory=dict)
    whole: bool = True
    """False once something could not be read: then a reference to it can't be called wrong."""


def read_manifests(paths: Iterable[Path]) -> ManifestSet:
    """All objects of the files and folders (sorted by name). Raises InvalidInputError with every problem."""
    reading = _Reading()
    problems = reading.findings.problems
    for path in manifest_files(paths):
        try:
            documents = read_documents(path, os.path.relpath(path))
        except InvalidInputError as error:
            problems.extend(error.problems)
            reading.whole = False
            continue
        for document in documents:
            _read_document(document, reading)
    found = ManifestSet(
        tuple(o for o in reading.objects if isinstance(o, Deployment)),
        tuple(o for o in reading.objects if isinstance(o, Service)),
        tuple(o for o in reading.objects if isinstance(o, Ingress)),
        tuple(o for o in reading.objects if isinstance(o, ConfigMap)),
        tuple(o for o in reading.objects if isinstance(o, Secret)),
        tuple(o for o in reading.objects if isinstance(o, ServiceAccount)),
        tuple(reading.findings.notes),
    )
    if reading.whole:
        problems.extend(check_references(found, reading.cluster_pods))
    raise_problems(problems)
    return found


def manifest_files(paths: Iterable[Path]) -> Iterator[Path]:
    """The files themselves: those of a folder by name."""
    for path in paths:
        if path.is_dir():
            # A link to nowhere is kept, to be named when it can't be read.
            yield from sorted(p for p in path.rglob("*") if p.suffix in _SUFFIXES and not p.is_dir())
        else:
            yield path


def _read_document(document: Node, reading: _Reading) -> None:
    """One object, or the objects of a ``List``; an empty document is skipped, as kubectl does."""
    if isinstance(document, Scalar) and document.value is None:
        return
    kind = document.get("kind") if isinstance(document, Mapping) else None
    if not isinstance(kind, Scalar) or kind.value != "List":
        _read_object(document, reading)
        return
    for item in Fields(document, "", reading.findings.problems).items("items"):
        _read_object(item, reading)


def _read_object(document: Node, reading: _Reading) -> None:
    before = len(reading.findings.problems)
    _read_any(document, Fields(document, "", reading.findings.problems), reading)
    reading.whole = reading.whole and len(reading.findings.problems) == before


def _read_any(document: Node, top: Fields, reading: _Reading) -> None:
    kind, api_version = top.text("kind", required=True), top.text("apiVersion", required=True)
    metadata = top.fields("metadata", required=True)
    name, namespace = metadata.text("name", required=True), metadata.text("namespace", "default")
    if not (kind and api_version and name):
        return
    top.subject = f"{kind}/{name}"
    if first := reading.seen.get((kind, namespace, name)):
        top.problem(f"stands twice, first at {first.file}:{first.line}")
        return
    reading.seen[kind, namespace, name] = top.place()
    if kind not in KINDS or is_custom(api_version):
        _read_cluster_object(kind, api_version, top, namespace, reading)
    elif api_version != KINDS[kind].api_version:
        message = f"apiVersion must be {KINDS[kind].api_version}, not {api_version}"
        top.problem(message, "apiVersion")
    else:
        _read_known(kind, document, Fields(document, top.subject, []), namespace, name, reading)


def _read_known(kind: str, document: Node, top: Fields, namespace: str, name: str, reading: _Reading) -> None:
    findings = reading.findings
    before = len(findings.problems)
    check_shape(document, KINDS[kind].shape, top.subject, findings)
    well_formed = len(findings.problems) == before
    if found := read_object(kind, top, namespace, name, findings):
        # An object of the wrong shape stays in the set, or everything that refers to it would be called wrong too.
        reading.objects.append(found)
    if well_formed:
        findings.problems.extend(top.problems)


def _read_cluster_object(kind: str, api_version: str, top: Fields, namespace: str, reading: _Reading) -> None:
    """Name what only a cluster can run; its pods are remembered, since Services may select them."""
    group = api_version.rpartition("/")[0]
    if not is_custom(api_version):
        if kind not in CLUSTER_KINDS:
            top.problem(f"unknown kind {kind}", "kind", did_you_mean(kind, {*KINDS, *CLUSTER_KINDS}))
            return
        if group != CLUSTER_KINDS[kind]:
            wanted = CLUSTER_KINDS[kind] or "the core API, v1"
            top.problem(f"{kind} belongs to {wanted}, not to {api_version}", "apiVersion")
            return
    reading.findings.notes.append(f"{top.place()} is not run by the process runtime")
    labels = _pod_labels(kind, top)
    if labels:
        reading.cluster_pods.append(ClusterPods(namespace, labels))


def _pod_labels(kind: str, top: Fields) -> dict[str, str]:
    quiet: list[Problem] = []
    holder = Fields(top.node("metadata"), "", quiet)
    if kind != "Pod":
        spec = top.node("spec")
        holder = Fields(spec, "", quiet).fields("template").fields("metadata")
    return holder.text_map("labels")
