"""Run commands whose output matters only when they fail."""

import subprocess
from collections.abc import Mapping, Sequence
from pathlib import Path

from meshrig.errors import MeshrigError


def run(argv: Sequence[str], *, what: str, env: Mapping[str, str] | None = None, cwd: Path | None = None) -> str:
    """Run ``argv``, return its standard output. Raises MeshrigError naming ``what`` with the last lines it printed."""
    try:
        done = subprocess.run(argv, env=env, cwd=cwd, text=True, capture_output=True, check=False)
    except OSError as error:
        raise MeshrigError(f"{what} failed: cannot run {argv[0]}: {error.strerror}") from error
    if done.returncode:
        lines = [line for line in (done.stdout + done.stderr).splitlines() if line.strip()]
        tail = "\n".join(f"    {line}" for line in lines[-8:])
        raise MeshrigError(f"{what} failed with exit code {done.returncode}\n{tail}")
    return done.stdout
