"""Short spellings of pods."""

from collections.abc import Mapping
from typing import Any

from meshrig.errors import InvalidInputError
from meshrig.inject.decision import Decision
from meshrig.inject.pod import inject_pod
from tests.golden.injection.cases import SETTINGS

SIDECAR = Decision("sidecar", "test")
INGRESS = Decision("ingress", "test")


def container(name: str = "app", **fields: Any) -> dict[str, Any]:
    return {"name": name, "image": "shop-app", **fields}


def pod(*containers: dict[str, Any], annotations: Mapping[str, str] | None = None, **spec: Any) -> dict[str, Any]:
    return {
        "metadata": {"annotations": dict(annotations or {})},
        "spec": {"containers": list(containers or (container(),)), **spec},
    }


def injected(given: Any, decision: Decision = SIDECAR, ports: tuple[int, ...] = (8080,)) -> Any:
    return inject_pod(given, "users", ports, decision, SETTINGS)


def problems_of(given: Any, decision: Decision = SIDECAR, ports: tuple[int, ...] = (8080,)) -> str:
    """The message of the refusal, empty if there is none."""
    try:
        injected(given, decision, ports)
    except InvalidInputError as error:
        return str(error)
    return ""


def sidecar_of(given: Any) -> Any:
    return given["spec"]["initContainers"][1]
