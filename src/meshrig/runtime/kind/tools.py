"""The command lines this runtime stands on, and whether they are there."""

import os
from collections.abc import Mapping
from dataclasses import dataclass

from meshrig.errors import InvalidInputError, Problem
from meshrig.shell import CommandError, Run

_INSTALL = {
    "docker": "https://docs.docker.com/engine/install/",
    "docker compose": "https://docs.docker.com/compose/install/",
    "kind": "https://kind.sigs.k8s.io/docs/user/quick-start/#installation",
    "kubectl": "https://kubernetes.io/docs/tasks/tools/",
}
# An engine that is only just starting may never answer.
_ANSWER_SECONDS = 20.0


@dataclass(frozen=True)
class Tools:
    """Command lines that answer; ``endpoint`` is the Docker engine's address."""

    run: Run
    endpoint: str


def find_tools(run: Run) -> Tools:
    """Raises InvalidInputError naming everything that is missing at once."""
    if problems := find_problems(run):
        raise InvalidInputError(problems.values())
    return Tools(run, engine_endpoint(run))


def is_available(run: Run) -> bool:
    """Whether this runtime can be had here: what ``auto`` asks."""
    return not find_problems(run)


def engine_endpoint(run: Run) -> str:
    """The engine that ``docker`` talks to, for commands that must not see the user's Docker configuration."""
    if given := os.environ.get("DOCKER_HOST"):
        return given
    shown = ["docker", "context", "inspect", "--format", "{{.Endpoints.docker.Host}}"]
    return run(shown, what="asking for the Docker context").strip()


def find_problems(run: Run) -> dict[str, Problem]:
    """By tool; empty where everything answers."""
    checks: Mapping[str, list[str]] = {
        "docker": ["docker", "version", "--format", "{{.Server.Version}}"],
        "docker compose": ["docker", "compose", "version", "--short"],
        "kind": ["kind", "version"],
        "kubectl": ["kubectl", "version", "--client"],
    }
    problems = {}
    for name, argv in checks.items():
        try:
            run(argv, what=name, timeout=_ANSWER_SECONDS)
        except CommandError as error:
            problems[name] = _problem(name, error)
    return problems


def _problem(name: str, error: CommandError) -> Problem:
    lines = [line for line in error.output.splitlines() if line.strip()]
    said = lines[-1].strip() if lines else error.message
    if name == "docker" and not error.missing:
        return Problem(f"no Docker engine answers: {said}", hint="start it, or use --runtime process")
    # Docker without its plugin fails with "not a docker command".
    if error.missing or name == "docker compose":
        return Problem(f"{name} is not installed", hint=f"{_INSTALL[name]}, or use --runtime process")
    return Problem(f"{name} does not work: {said}", hint=f"{_INSTALL[name]}, or use --runtime process")
