"""What the webhook needs of the injector, and the injector itself."""

import importlib
from collections.abc import Mapping, Sequence
from typing import Any, Protocol

from meshrig.model.control_plane import SidecarSettings

Json = Mapping[str, Any]


class Decision(Protocol):
    """``kind`` is sidecar, ingress, images or none."""

    @property
    def kind(self) -> str: ...

    @property
    def reason(self) -> str: ...


class Injector(Protocol):
    """``decide`` and ``inject`` raise InvalidInputError for a pod that can't be in the mesh."""

    def decide(self, namespace_labels: Mapping[str, str], pod: Json) -> Decision: ...

    def inject(
        self, pod: Json, virtual_node: str, app_ports: tuple[int, ...], decision: Any, settings: SidecarSettings
    ) -> Json: ...

    def patch(self, before: Json, after: Json) -> Sequence[Json]: ...


class _ModuleInjector:
    """The functions of ``meshrig.inject``."""

    def __init__(self) -> None:
        decision, pod, patch = (
            importlib.import_module(f"meshrig.inject.{name}") for name in ("decision", "pod", "patch")
        )
        self.decide = decision.decide_injection
        self.inject = pod.inject_pod
        self.patch = patch.json_patch


def find_injector() -> Injector:
    """The real one."""
    return _ModuleInjector()
