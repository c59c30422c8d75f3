"""One kind cluster: made when it is missing, kept when it is right, made anew when it is broken."""

import contextlib
import json
import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from meshrig.errors import MeshrigError
from meshrig.shell import CommandError, Run

Say = Callable[[str], None]
NETWORK_VARIABLE = "KIND_EXPERIMENTAL_DOCKER_NETWORK"
PROVIDER_VARIABLE = "KIND_EXPERIMENTAL_PROVIDER"
_PROXIES = ("HTTP_PROXY", "HTTPS_PROXY", "http_proxy", "https_proxy")
_READY_SECONDS = 90.0
_RESTART_SECONDS = 60.0
_POLL_SECONDS = 1.0


@dataclass(frozen=True)
class KindCluster:
    """``config`` is kind's own file, ``network`` the Docker network its node joins, ``image`` overrides the node's.

    ``marker`` remembers what a finished creation was made from: a cluster without it was left half made. ``patience``:
    seconds that one which is there may take to be Ready.
    """

    run: Run
    name: str
    config: Path
    kubeconfig: Path
    network: str
    marker: Path
    environment: Mapping[str, str]
    image: str = ""
    patience: float = _RESTART_SECONDS

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
        """Endpoint and base64 CA of its API server, as reached from this machine. Raises MeshrigError without them."""
        try:
            cluster = yaml.safe_load(self.kubeconfig.read_text())["clusters"][0]["cluster"]
            return str(cluster["server"]), str(cluster["certificate-authority-data"])
        except (OSError, yaml.YAMLError, LookupError, TypeError) as error:
            raise MeshrigError(f"{self.kubeconfig} is not what kind writes: {error!r}", hint="run it again") from error

    def version(self) -> str:
        """Kubernetes' version of the server, such as 1.34."""
        answer = json.loads(self._kubectl("get", "--raw", "/version"))
        # Some builds have a plus behind the number.
        return f"{answer['major']}.{answer['minor'].rstrip('+')}"

    def _exists(self) -> bool:
        return self.name in cluster_names(self.run, self.environment)

    def _is_finished(self, fingerprint: str) -> bool:
        return self.marker.exists() and self.marker.read_text() == fingerprint

    def _wakes_up(self) -> bool:
        """Whether its nodes answer Ready, started if they were stopped."""
        try:
            nodes = self._kind("get", "nodes", "--name", self.name).split()
            self.run(["docker", "start", *nodes], what="starting the nodes")
            self._export_kubeconfig()
        except CommandError:
            return False
        deadline = time.monotonic() + self.patience
        while time.monotonic() < deadline:
            if self._is_ready():
                return True
            time.sleep(max(0.0, min(_POLL_SECONDS, deadline - time.monotonic())))
        return False

    def _is_ready(self) -> bool:
        try:
            nodes: dict[str, Any] = json.loads(self._kubectl("get", "nodes", "-o", "json", "--request-timeout=5s"))
        except CommandError:
            return False
        return bool(nodes["items"]) and all(_says_ready(node) for node in nodes["items"])

    def _create(self) -> None:
        argv = ["create", "cluster", "--name", self.name, "--config", str(self.config)]
        argv += ["--kubeconfig", str(self.kubeconfig), "--wait", f"{_READY_SECONDS:.0f}s"]
        try:
            self._kind(*argv, *(["--image", self.image] if self.image else []))
        except MeshrigError:
            # Why it could not be made matters more than that nothing of it can be removed either.
            with contextlib.suppress(MeshrigError):
                self.delete()
            raise

    def _export_kubeconfig(self) -> None:
        self._kind("export", "kubeconfig", "--name", self.name, "--kubeconfig", str(self.kubeconfig))

    def _kind(self, *arguments: str) -> str:
        env = _kind_environment(self.environment) | {NETWORK_VARIABLE: self.network}
        return self.run(["kind", *arguments], what=f"kind {arguments[0]} {arguments[1]}", env=env)

    def _kubectl(self, *arguments: str) -> str:
        argv = ["kubectl", "--kubeconfig", str(self.kubeconfig), *arguments]
        return self.run(argv, what=f"kubectl {arguments[0]}")


def cluster_names(run: Run, environment: Mapping[str, str]) -> tuple[str, ...]:
    """Of everybody on this engine."""
    return tuple(run(["kind", "get", "clusters"], what="kind get clusters", env=_kind_environment(environment)).split())


def exempt_from_proxy(environment: Mapping[str, str], hosts: Iterable[str]) -> dict[str, str]:
    """``environment`` with ``hosts`` among those reached without the proxy that it names, if it does.

    kind hands these variables on to its nodes, whose API server and containerd would ask the proxy for containers of
    our network. Source: kind, "Quick Start", Configure kind to Use a Proxy.
    """
    if not any(environment.get(name) for name in _PROXIES):
        return dict(environment)
    given = environment.get("NO_PROXY") or environment.get("no_proxy") or ""
    direct = ",".join([*filter(None, given.split(",")), *hosts])
    return {**environment, "NO_PROXY": direct, "no_proxy": direct}


def _kind_environment(environment: Mapping[str, str]) -> dict[str, str]:
    """The same engine as ours, whatever else (podman, nerdctl) the user has kind work with."""
    return {**environment, PROVIDER_VARIABLE: "docker"}


def _says_ready(node: Mapping[str, Any]) -> bool:
    conditions = node.get("status", {}).get("conditions", ())
    return any(each["type"] == "Ready" and each["status"] == "True" for each in conditions)
