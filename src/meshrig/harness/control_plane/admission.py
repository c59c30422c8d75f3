"""Admission of pods: AdmissionReview v1 in, AdmissionReview v1 out (Kubernetes documentation, "Dynamic Admission
Control")."""

import base64
import json
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Any

from meshrig.compile.membership import find_virtual_node
from meshrig.errors import InvalidInputError
from meshrig.harness.control_plane.injection import Injector, Json
from meshrig.inject.decision import Decision, is_injected
from meshrig.model.appmesh import MeshModel
from meshrig.model.cluster import UNTOUCHED_NAMESPACES
from meshrig.model.control_plane import SidecarSettings
from meshrig.model.kubernetes import VIRTUAL_NODE_ANNOTATION, Service
from meshrig.names import INJECTION_LABEL

_IN_MESH = ("sidecar", "ingress")


@dataclass(frozen=True)
class MeshInForce:
    """What pods are admitted to."""

    mesh: MeshModel
    settings: SidecarSettings


@dataclass(frozen=True)
class Verdict:
    """``patch`` changes an allowed pod; ``message`` says why it is refused, or what was done."""

    allowed: bool
    message: str
    patch: tuple[Json, ...] = ()


class Admission:
    """Decides on one pod at a time and writes nothing, so a dry run is like any other request."""

    def __init__(
        self,
        injector: Injector,
        in_force: Callable[[], MeshInForce | None],
        namespace_labels: Callable[[str], Awaitable[Mapping[str, str]]],
        services: Callable[[str], Awaitable[tuple[Service, ...]]],
    ) -> None:
        """``namespace_labels`` and ``services`` of a namespace are read when asked for: a cache may lag behind what
        was applied a moment before the pod. They raise KubeError."""
        self._injector = injector
        self._in_force = in_force
        self._namespace_labels = namespace_labels
        self._services = services

    async def review(self, review: Json) -> dict[str, Any]:
        """Answer an AdmissionReview. Raises KubeError when the cluster can't be asked, KeyError for no review."""
        request = review["request"]
        verdict = await self._judge(request)
        response: dict[str, Any] = {"uid": request["uid"], "allowed": verdict.allowed}
        if verdict.patch:
            encoded = base64.b64encode(json.dumps(verdict.patch).encode()).decode()
            response |= {"patchType": "JSONPatch", "patch": encoded}
        if not verdict.allowed:
            response["status"] = {"code": 403, "reason": "Forbidden", "message": verdict.message}
        return {"apiVersion": "admission.k8s.io/v1", "kind": "AdmissionReview", "response": response}

    async def _judge(self, request: Json) -> Verdict:
        namespace, pod = request.get("namespace") or "", request.get("object") or {}
        is_pod = (request.get("kind") or {}).get("kind") == "Pod" and request.get("operation") == "CREATE"
        if not is_pod or request.get("subResource") or namespace in UNTOUCHED_NAMESPACES:
            return Verdict(True, "nothing to do")
        try:
            labels = await self._namespace_labels(namespace)
            decision = self._injector.decide(labels, pod)
            if decision.kind == "none":
                return Verdict(True, decision.reason)
            if decision.kind == "images" and not is_injected(pod) and (node := _named_node(pod)):
                return Verdict(False, _without_sidecar(pod, node))
            return await self._inject(namespace, pod, decision)
        except InvalidInputError as error:
            return Verdict(False, f"meshrig can't take {_name(pod)} into the mesh: {error.message}")

    async def _inject(self, namespace: str, pod: Json, decision: Decision) -> Verdict:
        in_force = self._in_force()
        if in_force is None:
            return Verdict(False, "the mesh's control plane has not read the mesh yet; try again in a moment")
        node = ""
        if decision.kind in _IN_MESH:
            found = await self._find(in_force.mesh, namespace, pod)
            if found is None:
                return Verdict(False, _homeless(namespace, pod, in_force.mesh))
            if found not in in_force.mesh.virtual_nodes:
                return Verdict(False, _unknown_node(pod, found, in_force.mesh))
            node = found
        after = self._injector.inject(pod, node, _ports(in_force.mesh, node), decision, in_force.settings)
        return Verdict(True, decision.reason, tuple(self._injector.patch(pod, after)))

    async def _find(self, mesh: MeshModel, namespace: str, pod: Json) -> str | None:
        metadata = pod.get("metadata") or {}
        services = await self._services(namespace)
        return find_virtual_node(
            mesh, services, namespace, metadata.get("labels") or {}, metadata.get("annotations") or {}
        )


def _ports(mesh: MeshModel, node: str) -> tuple[int, ...]:
    found = mesh.virtual_nodes.get(node)
    return tuple(listener.port_mapping.port for listener in found.spec.listeners) if found else ()


def _homeless(namespace: str, pod: Json, mesh: MeshModel) -> str:
    return (
        f"namespace {namespace} is in mesh {mesh.mesh.name}, but {_name(pod)} is in no virtual node: let a Service "
        "that selects it be the DNS hostname of a virtual node (apply the Service before the pod), or name one with "
        f"the annotation {VIRTUAL_NODE_ANNOTATION}, or keep the pod out with the annotation {INJECTION_LABEL}: disabled"
    )


def _unknown_node(pod: Json, node: str, mesh: MeshModel) -> str:
    known = ", ".join(sorted(mesh.virtual_nodes)) or "none"
    return (
        f"{_name(pod)} names virtual node {node} in its annotation {VIRTUAL_NODE_ANNOTATION}, but mesh "
        f"{mesh.mesh.name} has no such virtual node (there are: {known})"
    )


def _named_node(pod: Json) -> str:
    return str(((pod.get("metadata") or {}).get("annotations") or {}).get(VIRTUAL_NODE_ANNOTATION, ""))


def _without_sidecar(pod: Json, node: str) -> str:
    """Such a pod would get the virtual node's certificate, to use as it likes."""
    return (
        f"{_name(pod)} is kept out of the mesh by its annotation {INJECTION_LABEL}: disabled, so it can't be virtual "
        f"node {node}: drop that annotation, or {VIRTUAL_NODE_ANNOTATION}"
    )


def _name(pod: Json) -> str:
    metadata = pod.get("metadata") or {}
    return f"pod {metadata.get('name') or metadata.get('generateName') or '(unnamed)'}"
