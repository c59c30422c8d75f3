"""A system of a clean copy in kind, and what can be done to it from outside."""

import json
import os
import signal
import subprocess
import sys
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

from tests.e2e.checkout import ROOT, Checkout

# The clients that a user would have on PATH.
_COMMANDS = Path(sys.executable).parent


@dataclass(frozen=True)
class KindCheckout:
    """``home`` stands for the user's, so that nobody's kubeconfig or Docker login is touched."""

    checkout: Checkout
    home: Path

    @cached_property
    def url(self) -> str:
        """The invoke URL, which stays the same while the system lives."""
        return self.checkout.url()

    @cached_property
    def name(self) -> str:
        """The cluster's name."""
        return str(self.checkout.status()["cluster"])

    @classmethod
    def copy_to(cls, folder: Path, home: Path) -> "KindCheckout":
        """A copy that is a repository of its own: images are tagged with what git says of their sources."""
        made = cls(Checkout.copy_to(folder), home)
        for argv in (["init", "-q"], ["add", "-A"], ["commit", "-q", "-m", "copy"]):
            made.checkout.run(["git", "-c", "user.name=t", "-c", "user.email=t@example.com", *argv])
        return made

    def kubectl(self, *arguments: str) -> str:
        """As the cluster's administrator."""
        kubeconfig = self.checkout.folder / ".meshrig/kind/kubeconfig"
        return _output(["kubectl", "--kubeconfig", str(kubeconfig), *arguments])

    def pods(self) -> dict[str, dict[str, Any]]:
        """Running pods of the project by name."""
        items = json.loads(self.kubectl("get", "pods", "--namespace", "shop", "--output", "json"))["items"]
        return {each["metadata"]["name"]: each for each in items if "deletionTimestamp" not in each["metadata"]}

    def as_user(self, script: str, **env: str) -> subprocess.CompletedProcess[str]:
        """Run bash as a user of the AWS CLI and kubectl would, without any AWS settings in the environment."""
        path = f"{os.environ['PATH']}:{_COMMANDS}"
        return self.checkout.run(["bash", "-c", script], HOME=str(self.home), PATH=path, **env)

    def aws_environment(self) -> dict[str, str]:
        url = self.checkout.status()["endpoint_url"]
        keys = {"AWS_ACCESS_KEY_ID": "test", "AWS_SECRET_ACCESS_KEY": "test"}
        return {"AWS_ENDPOINT_URL": url, "AWS_DEFAULT_REGION": "us-east-1", **keys}

    def crash_container(self, service: str) -> None:
        """End a container's main process, as a crash would; after ``docker kill`` Docker would leave it."""
        name = f"meshrig-{self.name}-{service}-1"
        os.kill(int(_output(["docker", "inspect", name, "--format", "{{.State.Pid}}"])), signal.SIGKILL)

    def leftovers(self) -> list[str]:
        """Containers, volumes, networks and images of this system; not of one whose name only begins like it."""
        project = f"meshrig-{self.name}"
        labels = [f"com.docker.compose.project={project}", f"io.x-k8s.kind.cluster={self.name}"]
        listed = [
            _output(["docker", *argv, "--filter", f"label={label}"])
            for label in labels
            for argv in (["ps", "--all", "--quiet"], ["volume", "ls", "--quiet"], ["network", "ls", "--quiet"])
        ]
        images = _output(["docker", "image", "ls", "--quiet", f"{project}/*"])
        return [line for text in [*listed, images] for line in text.split()]


def _output(argv: list[str]) -> str:
    return subprocess.run(argv, capture_output=True, text=True, check=True, cwd=ROOT).stdout.strip()
