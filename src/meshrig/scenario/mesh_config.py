"""What the App Mesh API says of a virtual node's TLS."""

from collections.abc import Iterator
from typing import Any

from meshrig.scenario.context import ScenarioContext
from meshrig.scenario.definition import MeshConfig
from meshrig.scenario.result import Check


def check_mesh_config(phase: MeshConfig, context: ScenarioContext) -> tuple[Check, ...]:
    """Checks of every named virtual node."""
    checks: list[Check] = []
    for name in phase.virtual_nodes:
        answer = context.appmesh.describe_virtual_node(meshName=context.mesh_name, virtualNodeName=name)
        checks.extend(_check_node(phase.name, name, answer["virtualNode"]["spec"]))
    return tuple(checks)


def _check_node(phase: str, name: str, spec: dict[str, Any]) -> Iterator[Check]:
    for listener in spec.get("listeners", ()):
        tls = listener.get("tls") or {}
        port = listener["portMapping"]["port"]
        mode = tls.get("mode", "none")
        yield Check(phase, f"{name}:{port} TLS mode", "STRICT", mode, mode == "STRICT")
        chain = _first(tls.get("certificate"), "certificateChain")
        yield Check(phase, f"{name}:{port} certificate", "given", chain or "none", bool(chain))
        trust = _first((tls.get("validation") or {}).get("trust"), "certificateChain")
        yield Check(phase, f"{name}:{port} clients validated by", "a CA", trust or "nothing", bool(trust))
    for backend in spec.get("backends", ()):
        service = backend["virtualService"]
        policy = (service.get("clientPolicy") or {}).get("tls") or {}
        enforced = bool(policy) and policy.get("enforce", True)
        what = f"{name} → {service['virtualServiceName'].partition('.')[0]}"
        yield Check(phase, what, "TLS enforced", "TLS enforced" if enforced else "not enforced", enforced)


def _first(union: dict[str, Any] | None, member: str) -> str:
    """A member of whichever variant of a union is set."""
    for variant in (union or {}).values():
        return str(variant.get(member) or next(iter(variant.values()), ""))
    return ""
