"""The runtimes by name, and what they all can do."""

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, Literal

from meshrig import shell
from meshrig.harness import local
from meshrig.harness.turn import interrupt_holder, turn_file
from meshrig.runtime.kind.ownership import networks_of
from meshrig.runtime.kind.tools import is_available
from meshrig.settings import existing_places
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
    if runtime == "process":
        return local.up(project_file, say)
    # Loaded only where kind is used, here and below: its Kubernetes client would cost every command a second.
    from meshrig.harness.kind import up as kind_up

    return kind_up.up(project_file, say, workloads=workloads)


def down(project_file: Path, runtime: RuntimeName, *, keep_images: bool = False, run: Run = shell.run) -> bool:
    """Stop everything of that runtime; returns whether anything was there."""
    if runtime == "process":
        return local.down(project_file)
    interrupted = interrupt_holder(turn_file(existing_places(project_file)))
    # Somebody may have removed .meshrig by hand.
    if not _was_in_kind(project_file) and not networks_of(project_file.parent.resolve(), run):
        return interrupted
    from meshrig.harness.kind import down as kind_down

    return kind_down.down(project_file, keep_images=keep_images, run=run)


def status(project_file: Path, runtime: RuntimeName) -> dict[str, Any] | None:
    """None where nothing runs."""
    if runtime == "process":
        return local.status(project_file)
    if not _was_in_kind(project_file):
        return None
    from meshrig.harness.kind import status as kind_status

    return kind_status.status(project_file)


def kind_log_command(project_file: Path, name: str, lines: int, *, follow: bool) -> Sequence[str] | None:
    """What prints a log in kind; None where nothing of the project runs there."""
    if not _was_in_kind(project_file):
        return None
    from meshrig.harness.kind.logs import log_command

    return log_command(project_file, name, lines, follow=follow)


def _was_in_kind(project_file: Path) -> bool:
    return (existing_places(project_file).state / "kind" / "name").exists()
