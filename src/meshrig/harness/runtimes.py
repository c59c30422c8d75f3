"""The runtimes by name, and what they all can do."""

from collections.abc import Callable
from pathlib import Path
from typing import Any, Literal

from meshrig import shell
from meshrig.harness import local
from meshrig.harness.kind import down as kind_down
from meshrig.harness.kind import status as kind_status
from meshrig.harness.kind import up as kind_up
from meshrig.runtime.kind.tools import is_available
from meshrig.shell import Run

Say = Callable[[str], None]
RuntimeName = Literal["process", "kind"]
RUNTIMES: tuple[RuntimeName, ...] = ("process", "kind")


def choose_runtime(asked: str, run: Run = shell.run) -> RuntimeName:
    """``auto`` is kind where a Docker engine answers and kind is installed, else process."""
    if asked == "auto":
        return "kind" if is_available(run) else "process"
    return "kind" if asked == "kind" else "process"


def up(project_file: Path, runtime: RuntimeName, say: Say, *, workloads: bool = True) -> dict[str, Any]:
    """Bring the system up, or to what the files say now; returns its status.

    Without ``workloads`` a cluster gets no manifests of the project; the process runtime has no cluster that somebody
    else could give them to, so there it makes no difference.
    """
    if runtime == "kind":
        return kind_up.up(project_file, say, workloads=workloads)
    return local.up(project_file, say)


def down(project_file: Path, runtime: RuntimeName, *, keep_images: bool = False) -> bool:
    """Stop everything of that runtime; returns whether anything was there."""
    if runtime == "kind":
        return kind_down.down(project_file, keep_images=keep_images)
    return local.down(project_file)


def status(project_file: Path, runtime: RuntimeName) -> dict[str, Any] | None:
    """None where nothing runs."""
    return kind_status.status(project_file) if runtime == "kind" else local.status(project_file)
