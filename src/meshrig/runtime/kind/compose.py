"""The containers beside the cluster, through ``docker compose``."""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from meshrig.errors import MeshrigError
from meshrig.shell import CommandError, Run

_CONTROL = "/run/meshrig/control.sock"


@dataclass(frozen=True)
class ComposeService:
    """``state`` as Docker has it (running, exited, ...), ``health`` "" where it has no check."""

    name: str
    container: str
    state: str
    health: str
    image: str


@dataclass(frozen=True)
class Compose:
    """``environment`` holds this process's own and what compose.yaml asks for, ``labels`` are the network's."""

    run: Run
    file: Path
    project: str
    network: str
    environment: Mapping[str, str]
    labels: Mapping[str, str] = field(default_factory=dict)

    def ensure_network(self) -> None:
        try:
            self.run(["docker", "network", "inspect", self.network], what="looking for the network")
        except CommandError:
            self.make_network()

    def make_network(self) -> None:
        """Make the network as compose would, labels and all: kind may need it first, and compose must own it.

        Raises CommandError where one of this name is there.
        """
        compose_s = {"com.docker.compose.network": "default", "com.docker.compose.project": self.project}
        labels = {**compose_s, **self.labels}
        flags = [part for key, value in labels.items() for part in ("--label", f"{key}={value}")]
        self.run(["docker", "network", "create", *flags, self.network], what="making the network")

    def up(self) -> None:
        """Everything running and healthy; what is unchanged stays. Raises MeshrigError naming what did not come up."""
        try:
            self._compose("up", "--detach", "--wait", "--no-build", what="starting the containers")
        except CommandError as error:
            sick = [s for s in self.services() if s.state != "running" or s.health not in ("", "healthy")]
            logs = "; ".join(f"docker logs {service.container}" for service in sick)
            raise MeshrigError(error.message, log=logs) from error

    def down(self) -> None:
        """Containers, network and volumes are gone."""
        self._compose("down", "--volumes", "--remove-orphans", "--timeout", "5", what="stopping the containers")

    def services(self) -> tuple[ComposeService, ...]:
        """Containers there are, running or not."""
        text = self._compose("ps", "--all", "--format", "json", what="looking at the containers")
        found = sorted(_entries(text), key=lambda entry: str(entry["Service"]))
        return tuple(
            ComposeService(e["Service"], e["Name"], e["State"], e.get("Health", ""), e.get("Image", "")) for e in found
        )

    def ask_keeper(self, request: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
        """One exchange with the keeper's control API; yields its answers. Raises MeshrigError where it is away."""
        argv = ["exec", "--no-TTY", "meshrig", "meshrig", "control", "--control", _CONTROL]
        text = self._compose(*argv, what="asking the keeper", stdin=json.dumps(request))
        for line in text.splitlines():
            try:
                yield json.loads(line)
            except ValueError as error:
                log = f"docker logs {self.project}-meshrig-1"
                raise MeshrigError(f"the keeper answered: {line}", log=log) from error

    def _compose(self, *arguments: str, what: str, stdin: str | None = None) -> str:
        argv = ["docker", "compose", "--file", str(self.file), "--project-name", self.project, *arguments]
        return self.run(argv, what=what, env=self.environment, stdin=stdin)


def _entries(text: str) -> Iterator[dict[str, Any]]:
    """A list in one line from compose before 2.21, a line each since."""
    for line in text.splitlines():
        if line.strip():
            content = json.loads(line)
            yield from content if isinstance(content, list) else [content]
