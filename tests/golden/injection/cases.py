"""Golden cases of injection: ``pods/<case>.yaml`` in, ``expected/<case>.yaml`` out."""

import json
from pathlib import Path
from typing import Any

import yaml

from meshrig.inject.decision import decide_injection
from meshrig.inject.pod import inject_pod
from meshrig.model.control_plane import SidecarSettings
from meshrig.names import CONTROL_PLANE_HOST, INJECTION_LABEL, XDS_PORT

_FOLDER = Path(__file__).parent
EXPECTED = _FOLDER / "expected"
CASES = tuple(sorted(path.stem for path in (_FOLDER / "pods").glob("*.yaml")))
MESH_NAMESPACE = {INJECTION_LABEL: "enabled"}
SETTINGS = SidecarSettings(
    mesh="shop",
    envoy_image="registry.local/meshrig-envoy@sha256:e0",
    control_plane=f"{CONTROL_PLANE_HOST}:{XDS_PORT}",
    ca_pem="the CA's certificate",
    images={"shop-app": "registry.local/shop-app@sha256:a0", "shop-rpc": "registry.local/shop-rpc@sha256:b0"},
    pod_environment={"AWS_ENDPOINT_URL": "http://localstack:4566", "AWS_REGION": "us-east-1"},
    egress_ignored_ports=(4566,),
    egress_ignored_ips=("172.18.0.2",),
)
_ELSEWHERE = "(the second document)"


def pod_of(case: str) -> Any:
    return yaml.safe_load((_FOLDER / "pods" / f"{case}.yaml").read_text(encoding="utf-8"))


def injected(case: str, settings: SidecarSettings = SETTINGS) -> Any:
    pod = pod_of(case)
    return inject_pod(pod, "users", (8080,), decide_injection(MESH_NAMESPACE, pod), settings)


def bootstrap_of(pod: Any) -> dict[str, Any] | None:
    """The bootstrap that Envoy reads, dollars as Kubernetes leaves them; None for a pod without Envoy of ours."""
    for container in (*pod["spec"].get("initContainers", ()), *pod["spec"]["containers"]):
        args = container.get("args") or []
        if "--config-yaml" in args:
            bootstrap: dict[str, Any] = json.loads(args[args.index("--config-yaml") + 1].replace("$$", "$"))
            return bootstrap
    return None


def to_yaml(case: str) -> str:
    """The pod, then its bootstrap as a document of its own, since as an argument nobody could read it."""
    pod = json.loads(json.dumps(injected(case)))
    bootstrap = bootstrap_of(pod)
    for container in (*pod["spec"].get("initContainers", ()), *pod["spec"]["containers"]):
        args = container.get("args") or []
        if "--config-yaml" in args:
            args[args.index("--config-yaml") + 1] = _ELSEWHERE
    documents = [pod, bootstrap] if bootstrap else [pod]
    return yaml.dump_all(documents, Dumper=_Dumper, sort_keys=False, width=120)


class _Dumper(yaml.SafeDumper):
    """Text of several lines is written as such."""


def _text(dumper: yaml.SafeDumper, value: str) -> yaml.ScalarNode:
    return dumper.represent_scalar("tag:yaml.org,2002:str", value, style="|" if "\n" in value else None)


_Dumper.add_representer(str, _text)
