"""What this machine must have for tests with certain markers."""

import os
from collections.abc import Callable, Iterable, Mapping

from meshrig.runtime.kind.tools import find_problems
from meshrig.shell import Run

NEEDS: Mapping[str, tuple[str, ...]] = {"docker": ("docker", "docker compose"), "kind": ("docker", "kind", "kubectl")}


def why_not(markers: Iterable[str], run: Run) -> str:
    """Why a test with these markers can't run here; empty where it can."""
    needed = {tool for marker in markers for tool in NEEDS.get(marker, ())}
    if not needed:
        return ""
    return "; ".join(problem.message for name, problem in find_problems(run).items() if name in needed)


def give_up(reason: str, skip: Callable[[str], None], fail: Callable[[str], None]) -> None:
    """Where tests decide over a landing (``CI=true``) a missing engine is a failure, elsewhere a reason to skip."""
    (fail if os.environ.get("CI") == "true" else skip)(reason)
