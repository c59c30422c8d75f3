"""Whether the App Mesh API shows mutual TLS: certificates, the CA trusted, and who enforces it."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError

from meshrig.scenario.context import AppMesh, ScenarioContext
from meshrig.scenario.definition import MeshConfig
from meshrig.scenario.result import Check

Json = Mapping[str, Any]


def check_mesh_config(phase: MeshConfig, context: ScenarioContext) -> tuple[Check, ...]:
    """One check for each thing that mutual TLS needs of a listener or a backend."""
    checks: list[Check] = []
    for name in phase.virtual_nodes:
        checks += _check_virtual_node(phase, name, context.appmesh, context.mesh_name)
    return tuple(checks)


def _check_virtual_node(phase: MeshConfig, name: str, appmesh: AppMesh, mesh_name: str) -> list[Check]:
    try:
        answer = appmesh.describe_virtual_node(meshName=mesh_name, virtualNodeName=name)
    except (BotoCoreError, ClientError) as error:
        return [Check(phase.name, f"virtual node {name}", "described", str(error), False)]
    spec = answer["virtualNode"]["spec"]
    found = [*_check_listeners(phase, name, spec), *_check_backends(phase, name, spec)]
    return found or [Check(phase.name, f"virtual node {name}", "listeners or backends", "neither", False)]


def _check_listeners(phase: MeshConfig, name: str, spec: Json) -> Iterator[Check]:
    for listener in spec.get("listeners") or ():
        subject = _Subject(phase, f"{name}:{listener['portMapping']['port']}")
        tls = listener.get("tls") or {}
        mode = str(tls.get("mode", "no TLS"))
        yield subject.check("TLS mode", "STRICT", mode, mode == "STRICT")
        yield from subject.check_certificates(tls)


def _check_backends(phase: MeshConfig, name: str, spec: Json) -> Iterator[Check]:
    default = (spec.get("backendDefaults") or {}).get("clientPolicy")
    for backend in spec.get("backends") or ():
        service = backend["virtualService"]
        # A backend's own policy replaces the default one, they don't merge.
        policy = (service.get("clientPolicy") or default or {}).get("tls") or {}
        subject = _Subject(phase, f"{name} → {service['virtualServiceName'].partition('.')[0]}")
        enforced = bool(policy) and policy.get("enforce", True)
        ports = ", ".join(map(str, policy.get("ports") or ()))
        seen = f"enforced{f' on {ports}' if ports else ''}" if enforced else "not enforced"
        yield subject.check("client policy", "enforced", seen, enforced)
        yield from subject.check_certificates(policy)


@dataclass(frozen=True)
class _Subject:
    """A listener or a backend, and the phase that looks at it."""

    phase: MeshConfig
    shown: str

    def check(self, what: str, expected: str, seen: str, ok: bool) -> Check:
        return Check(self.phase.name, f"{self.shown} {what}", expected, seen, ok, seen)

    def check_certificates(self, tls: Json) -> Iterator[Check]:
        """Its own certificate, and the CA it holds the other side to."""
        own = _source(tls.get("certificate"))
        yield self.check("certificate", "attached", own or "none", bool(own))
        trust = _source((tls.get("validation") or {}).get("trust"))
        wanted = self.phase.authority
        yield self.check("trusts", wanted or "a CA", trust or "no CA", trust == wanted if wanted else bool(trust))


def _source(union: Json | None) -> str:
    """Where a certificate or a trust comes from: a file, the name of an SDS secret, or ARNs of ACM."""
    for kind, member in (("file", "certificateChain"), ("sds", "secretName"), ("acm", "certificateArn")):
        if variant := (union or {}).get(kind):
            return str(variant.get(member) or ", ".join(variant.get("certificateAuthorityArns") or ()))
    return ""
