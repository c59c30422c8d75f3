"""What the webhook needs of the injector, and the injector itself."""

from collections.abc import Mapping, Sequence
from typing import Any, Protocol

from meshrig.inject.decision import Decision, decide_injection
from meshrig.inject.patch import json_patch
from meshrig.inject.pod import inject_pod
from meshrig.model.control_plane import SidecarSettings

Json = Mapping[str, Any]


class Injector(Protocol):
    """``decide`` and ``inject`` raise InvalidInputError for a pod that can't be in the mesh."""

    def decide(self, namespace_labels: Mapping[str, str], pod: Json, /) -> Decision: ...

    def inject(
        self, pod: Json, virtual_node: str, app_ports: tuple[int, ...], decision: Decision, settings: SidecarSettings, /
    ) -> Json: ...

    def patch(self, before: Json, after: Json, /) -> Sequence[Json]: ...


class PodInjector:
    """The functions of ``meshrig.inject``, the same that ``meshrig inject`` prints with."""

    def decide(self, namespace_labels: Mapping[str, str], pod: Json, /) -> Decision:
        return decide_injection(namespace_labels, pod)

    def inject(
        self, pod: Json, virtual_node: str, app_ports: tuple[int, ...], decision: Decision, settings: SidecarSettings, /
    ) -> Json:
        return inject_pod(pod, virtual_node, app_ports, decision, settings)

    def patch(self, before: Json, after: Json, /) -> Sequence[Json]:
        return json_patch(before, after)
