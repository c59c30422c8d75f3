"""``meshrig inject``: the admission webhook's work, done on manifests."""

import os
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from meshrig.compile.membership import find_virtual_node
from meshrig.errors import InvalidInputError, Origin, Problem
from meshrig.harness.pod_templates import Written, read_services, read_written
from meshrig.inject.decision import decide_injection
from meshrig.inject.pod import inject_pod
from meshrig.model.appmesh import Mesh, MeshModel
from meshrig.model.control_plane import SidecarSettings
from meshrig.model.kubernetes import Service
from meshrig.names import CONTROL_PLANE_HOST, INJECTION_LABEL, SYSTEM_NAMESPACE, XDS_PORT
from meshrig.read.manifests import manifest_files
from meshrig.read.project import read_project
from meshrig.read.template_mesh import read_template_meshes

ENVOY_IMAGE = "meshrig-envoy"
CONTROL_PLANE_ADDRESS = f"{CONTROL_PLANE_HOST}:{XDS_PORT}"
# Their pods are no part of any mesh.
_SYSTEM_NAMESPACES = frozenset({"kube-system", "kube-public", "kube-node-lease", SYSTEM_NAMESPACE})
_CA_HINT = (
    f"the cluster's is in a Secret: kubectl -n {SYSTEM_NAMESPACE} get secret meshrig-ca"
    """ -o 'go-template={{index .data "ca.crt" | base64decode}}'"""
)


@dataclass(frozen=True)
class Request:
    """What the user asked. ``manifests`` empty means the project's, ``mesh`` and ``virtual_node`` empty to find out.

    ``project_file`` None: there is no project, and nothing is known of the mesh but what is said here.
    """

    manifests: tuple[Path, ...]
    project_file: Path | None
    ca_file: Path | None
    mesh: str = ""
    virtual_node: str = ""
    control_plane: str = CONTROL_PLANE_ADDRESS
    envoy_image: str = ENVOY_IMAGE


def inject_manifests(request: Request) -> list[Any]:
    """All objects in order, those with pods injected. Raises InvalidInputError with the problems of all of them."""
    problems: list[Problem] = []
    objects = _read_objects(_manifests(request), problems)
    mesh = _find_mesh(request)
    settings = SidecarSettings(mesh.mesh.name, request.envoy_image, request.control_plane, _read_ca(request.ca_file))
    services = read_services(objects)
    injected = []
    for each in objects:
        try:
            injected.append(_inject(each, mesh, services, settings, request.virtual_node).content)
        except InvalidInputError as error:
            problems.extend(_placed(problem, each.origin) for problem in error.problems)
    if problems:
        raise InvalidInputError(problems)
    return injected


def _manifests(request: Request) -> Sequence[Path]:
    if request.manifests:
        return request.manifests
    if request.project_file:
        return read_project(request.project_file).manifests
    raise InvalidInputError([Problem("no manifests are named", hint="name files or folders with -f")])


def _read_objects(paths: Iterable[Path], problems: list[Problem]) -> list[Written]:
    objects: list[Written] = []
    for path in manifest_files(paths):
        try:
            objects.extend(read_written(path, os.path.relpath(path)))
        except InvalidInputError as error:
            problems.extend(error.problems)
    return objects


def _find_mesh(request: Request) -> MeshModel:
    """The template's mesh of that name, or its only one; without a project, an empty one of that name."""
    found: tuple[MeshModel, ...] = ()
    if request.project_file:
        project = read_project(request.project_file)
        shown = os.path.relpath(project.template)
        found = read_template_meshes(project.template, shown, project.targets["local"].parameters)
    if request.mesh:
        return next((each for each in found if each.mesh.name == request.mesh), MeshModel(Mesh(request.mesh)))
    if len(found) == 1:
        return found[0]
    names = ", ".join(each.mesh.name for each in found)
    message = f"the template has several meshes: {names}" if found else "no mesh is known"
    raise InvalidInputError([Problem(message, hint="name one with --mesh")])


def _read_ca(path: Path | None) -> str:
    if path is None:
        raise InvalidInputError([Problem("the CA of the control plane is not named; use --ca FILE", hint=_CA_HINT)])
    try:
        text = path.read_text(encoding="ascii")
    except (OSError, UnicodeDecodeError) as error:
        reason = error.strerror if isinstance(error, OSError) else "not PEM"
        raise InvalidInputError([Problem(f"cannot be read: {reason}", Origin(str(path)))]) from error
    if "-----BEGIN CERTIFICATE-----" not in text or "PRIVATE KEY" in text:
        raise InvalidInputError([Problem("must hold certificates in PEM, and no key", Origin(str(path)), _CA_HINT)])
    return text


def _inject(
    each: Written, mesh: MeshModel, services: Iterable[Service], settings: SidecarSettings, default: str
) -> Written:
    pod = each.pod()
    if pod is None or each.namespace in _SYSTEM_NAMESPACES:
        return each
    # Whoever runs this wants the pod in the mesh, whatever its namespace is labelled.
    decision = decide_injection({INJECTION_LABEL: "enabled"}, pod)
    if decision.kind == "images":
        return each
    name = _virtual_node_of(pod, each, mesh, services, default)
    node = mesh.virtual_nodes.get(name)
    ports = [listener.port_mapping.port for listener in node.spec.listeners] if node else []
    return each.with_pod(inject_pod(pod, name, ports, decision, settings))


def _virtual_node_of(pod: Any, each: Written, mesh: MeshModel, services: Iterable[Service], default: str) -> str:
    """The annotation's, the one named on the command line, or the one whose hostname is a Service of the pod's."""
    metadata = pod.get("metadata") or {}
    found = find_virtual_node(
        mesh,
        () if default else services,
        each.namespace,
        metadata.get("labels") or {},
        metadata.get("annotations") or {},
    )
    name = found or default
    if not name:
        hint = "annotate it with meshrig.io/virtual-node, or use --virtual-node"
        raise InvalidInputError([Problem("the pod is in no virtual node that is known here", hint=hint)])
    if mesh.virtual_nodes and name not in mesh.virtual_nodes:
        known = ", ".join(sorted(mesh.virtual_nodes))
        raise InvalidInputError(
            [Problem(f"mesh {mesh.mesh.name} has no virtual node {name!r}", hint=f"it has {known}")]
        )
    return name


def _placed(problem: Problem, origin: Origin) -> Problem:
    inner = problem.origin.subject
    return replace(problem, origin=origin.child(inner) if inner else origin)
