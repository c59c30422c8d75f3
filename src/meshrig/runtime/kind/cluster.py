"""One kind cluster: made when it is missing, kept when it is right, made anew when it is broken."""

import json
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from meshrig.errors import MeshrigError
from meshrig.shell import CommandError, Run

Say = Callable[[str], None]
NETWORK_VARIABLE = "KIND_EXPERIMENTAL_DOCKER_NETWORK"
_READY_SECONDS = 90.0
_RESTART_SECONDS = 60.0
_POLL_SECONDS = 1.0


@dataclass(frozen=True)
class KindCluster:
    """``config`` is kind's own file, ``network`` the Docker network its node joins, ``image`` overrides the node's.

    ``marker`` remembers what a finished creation was made from: a cluster without it was left half made.
    """

    run: Run
    name: str
    config: Path
    kubeconfig: Path
    network: str
    marker: Path
    environment: Mapping[str, str]
    image: str = ""

    @property
    def node(self) -> str:
        """The control-plane node's container and host name."""
        return f"{self.name}-control-plane"

    def ensure(self, fingerprint: str, say: Say) -> bool:
        """Have the cluster of that fingerprint up and Ready; returns whether it was made now.

        Raises MeshrigError with kind's own words when it can't be made; nothing half made is left.
        """
        if self._exists():
            if self._is_finished(fingerprint) and self._wakes_up():
                self._export_kubeconfig()
                return False
            say(f"cluster {self.name} is half made, broken or of another configuration: making it anew")
            self.delete()
        self._create()
        self.marker.write_text(fingerprint)
        return True

    def delete(self) -> None:
        """Nothing of it is left; quiet where it never was."""
        self.marker.unlink(missing_ok=True)
        self._kind("delete", "cluster", "--name", self.name, "--kubeconfig", str(self.kubeconfig))

    def backing(self) -> tuple[str, str]:
        """Endpoint and base64 CA of its API server, as reached from this machine."""
        content = yaml.safe_load(self.kubeconfig.read_text())
        cluster = content["clusters"][0]["cluster"]
        return str(cluster["server"]), str(cluster["certificate-authority-data"])

    def version(self) -> str:
        """Kubernetes' version of the server, such as 1.34."""
        answer = json.loads(self._kubectl("get", "--raw", "/version"))
        return f"{answer['major']}.{answer['minor']}"

    def _exists(self) -> bool:
        return self.name in self._kind("get", "clusters").split()

    def _is_finished(self, fingerprint: str) -> bool:
        return self.marker.exists() and self.marker.read_text() == fingerprint

    def _wakes_up(self) -> bool:
        """Whether its node answers Ready, started if it was stopped."""
        try:
            self.run(["docker", "start", self.node], what="starting the node")
            self._export_kubeconfig()
        except CommandError:
            return False
        deadline = time.monotonic() + _RESTART_SECONDS
        while time.monotonic() < deadline:
            if self._is_ready():
                return True
            time.sleep(_POLL_SECONDS)
        return False

    def _is_ready(self) -> bool:
        try:
            nodes: dict[str, Any] = json.loads(self._kubectl("get", "nodes", "-o", "json", "--request-timeout=5s"))
        except CommandError:
            return False
        states = [
            condition["status"]
            for node in nodes["items"]
            for condition in node["status"]["conditions"]
            if condition["type"] == "Ready"
        ]
        return bool(states) and all(state == "True" for state in states)

    def _create(self) -> None:
        argv = ["create", "cluster", "--name", self.name, "--config", str(self.config)]
        argv += ["--kubeconfig", str(self.kubeconfig), "--wait", f"{_READY_SECONDS:.0f}s"]
        try:
            self._kind(*argv, *(["--image", self.image] if self.image else []))
        except MeshrigError:
            self.delete()
            raise

    def _export_kubeconfig(self) -> None:
        self._kind("export", "kubeconfig", "--name", self.name, "--kubeconfig", str(self.kubeconfig))

    def _kind(self, *arguments: str) -> str:
        env = {**self.environment, NETWORK_VARIABLE: self.network}
        return self.run(["kind", *arguments], what=f"kind {arguments[0]} {arguments[1]}", env=env)

    def _kubectl(self, *arguments: str) -> str:
        argv = ["kubectl", "--kubeconfig", str(self.kubeconfig), *arguments]
        return self.run(argv, what=f"kubectl {arguments[0]}")
