"""Which folder a network is of. The network is the first thing that a run makes, so it claims the name."""

from pathlib import Path

from meshrig.shell import CommandError, Run

_FOLDER_LABEL = "io.meshrig.folder"


def ownership_label(folder: Path) -> dict[str, str]:
    return {_FOLDER_LABEL: str(folder)}


def networks_of(folder: Path, run: Run) -> tuple[str, ...]:
    """By name; none where no Docker engine answers."""
    argv = ["docker", "network", "ls", "--filter", f"label={_FOLDER_LABEL}={folder}", "--format", "{{.Name}}"]
    try:
        return tuple(run(argv, what="looking for this folder's network", timeout=20.0).split())
    except CommandError:
        return ()
