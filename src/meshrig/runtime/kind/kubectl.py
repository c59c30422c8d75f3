"""The Kubernetes API through kubectl, with a kubeconfig of our own."""

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from meshrig.shell import Run

Json = Mapping[str, Any]


@dataclass(frozen=True)
class ObjectKey:
    """What ``kubectl delete`` needs to know; ``kind`` with its API group, such as Deployment.apps."""

    kind: str
    namespace: str
    name: str


@dataclass(frozen=True)
class Kubectl:
    run: Run
    kubeconfig: Path

    def apply(self, objects: Iterable[Json], what: str, *, server_side: bool = False) -> None:
        """Raises CommandError with the API server's words."""
        text = yaml.safe_dump_all([dict(each) for each in objects], sort_keys=False)
        flags = ["--server-side", "--force-conflicts"] if server_side else []
        self.call("apply", *flags, "--filename", "-", what=what, stdin=text)

    def delete(self, keys: Iterable[ObjectKey]) -> None:
        for key in keys:
            scope = ["--namespace", key.namespace] if key.namespace else []
            argv = ["delete", key.kind, key.name, *scope, "--ignore-not-found", "--wait=false"]
            self.call(*argv, what=f"removing {key.kind} {key.name}")

    def get(self, *arguments: str) -> dict[str, Any]:
        content: dict[str, Any] = json.loads(self.call("get", *arguments, "--output", "json", what="kubectl get"))
        return content

    def wait_rollout(self, namespace: str, deployment: str, seconds: int) -> None:
        argv = ["rollout", "status", f"deployment/{deployment}", "--namespace", namespace, f"--timeout={seconds}s"]
        self.call(*argv, what=f"rolling out {namespace}/{deployment}")

    def call(self, *arguments: str, what: str, stdin: str | None = None) -> str:
        return self.run(["kubectl", "--kubeconfig", str(self.kubeconfig), *arguments], what=what, stdin=stdin)


def object_key(content: Json) -> ObjectKey:
    group = str(content["apiVersion"]).rpartition("/")[0]
    kind = str(content["kind"])
    metadata = content["metadata"]
    return ObjectKey(f"{kind}.{group}" if group else kind, str(metadata.get("namespace", "")), str(metadata["name"]))
