"""The command lines this runtime stands on, and whether they are there."""

import os
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from meshrig.errors import InvalidInputError, Problem
from meshrig.shell import CommandError, Run

_INSTALL = {
    "docker": "https://docs.docker.com/engine/install/",
    "docker compose": "https://docs.docker.com/compose/install/",
    "kind": "https://kind.sigs.k8s.io/docs/user/quick-start/#installation",
    "kubectl": "https://kubernetes.io/docs/tasks/tools/",
}


@dataclass(frozen=True)
class Tools:
    """Command lines that answer; ``endpoint`` is the Docker engine's address."""

    run: Run
    endpoint: str


def find_tools(run: Run) -> Tools:
    """Raises InvalidInputError naming everything that is missing at once."""
    problems = list(_problems(run))
    if problems:
        raise InvalidInputError(problems)
    return Tools(run, engine_endpoint(run))


def is_available(run: Run) -> bool:
    """Whether this runtime can be had here: what ``auto`` asks."""
    return not list(_problems(run))


def engine_endpoint(run: Run) -> str:
    """The engine that ``docker`` talks to, for commands that must not see the user's Docker configuration."""
    if given := os.environ.get("DOCKER_HOST"):
        return given
    shown = ["docker", "context", "inspect", "--format", "{{.Endpoints.docker.Host}}"]
    return run(shown, what="asking for the Docker context").strip()


def _problems(run: Run) -> Iterator[Problem]:
    checks: Mapping[str, list[str]] = {
        "docker": ["docker", "version", "--format", "{{.Server.Version}}"],
        "docker compose": ["docker", "compose", "version", "--short"],
        "kind": ["kind", "version"],
        "kubectl": ["kubectl", "version", "--client"],
    }
    for name, argv in checks.items():
        try:
            run(argv, what=name)
        except CommandError as error:
            if name == "docker" and error.output:
                last = error.output.strip().splitlines()[-1]
                yield Problem(f"no Docker engine answers: {last}", hint="start it, or use --runtime process")
            else:
                yield Problem(f"{name} is not installed", hint=f"{_INSTALL[name]}, or use --runtime process")
