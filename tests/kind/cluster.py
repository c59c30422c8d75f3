"""One kind cluster and the commands that tests give it."""

import json
import os
import subprocess
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

NODE_IMAGE = os.environ.get("KIND_NODE_IMAGE", "kindest/node:v1.34.4")


@dataclass(frozen=True)
class KindCluster:
    name: str
    kubeconfig: Path

    def create(self) -> None:
        argv = ["kind", "create", "cluster", "--name", self.name, "--image", NODE_IMAGE, "--wait", "120s"]
        run([*argv, "--kubeconfig", str(self.kubeconfig)])

    def delete(self) -> None:
        run(["kind", "delete", "cluster", "--name", self.name, "--kubeconfig", str(self.kubeconfig)])

    def load(self, image: str) -> None:
        run(["kind", "load", "docker-image", image, "--name", self.name])

    def apply(self, *objects: Mapping[str, Any]) -> None:
        """Server-side, as ``meshrig up`` does."""
        text = json.dumps({"apiVersion": "v1", "kind": "List", "items": objects})
        self.kubectl("apply", "--server-side", "--force-conflicts", "-f", "-", stdin=text)

    def get(self, *arguments: str) -> Any:
        return json.loads(self.kubectl("get", *arguments, "-o", "json"))

    def kubectl(self, *arguments: str, stdin: str = "") -> str:
        """Raises AssertionError with what kubectl printed when it fails."""
        return run(["kubectl", "--kubeconfig", str(self.kubeconfig), *arguments], stdin=stdin)

    def refusal(self, *arguments: str, stdin: str = "") -> str:
        """What kubectl says when it must fail."""
        try:
            self.kubectl(*arguments, stdin=stdin)
        except AssertionError as error:
            return str(error)
        raise AssertionError(f"kubectl {' '.join(arguments)} was not refused")


def run(argv: Sequence[str], *, stdin: str = "", cwd: Path | None = None, env: Mapping[str, str] | None = None) -> str:
    every = {**os.environ, **(env or {})}
    done = subprocess.run(
        argv, input=stdin, capture_output=True, text=True, cwd=cwd, check=False, timeout=300, env=every
    )
    assert done.returncode == 0, f"{' '.join(argv)}: {done.stdout}{done.stderr}"
    return done.stdout
