"""Run commands whose output matters only when they fail."""

import subprocess
from collections.abc import Mapping, Sequence
from pathlib import Path

from meshrig.errors import MeshrigError


def run(
    argv: Sequence[str],
    *,
    what: str,
    env: Mapping[str, str] | None = None,
    cwd: Path | None = None,
    stdin: str | None = None,
    timeout: float | None = None,
) -> str:
    """Run ``argv``, return its standard output. Raises MeshrigError naming ``what`` with the last lines it printed.

    ``stdin`` is never repeated in a message: it may be secret. ``timeout`` in seconds.
    """
    try:
        done = subprocess.run(
            argv, env=env, cwd=cwd, input=stdin, timeout=timeout, text=True, capture_output=True, check=False
        )
    except subprocess.TimeoutExpired as error:
        raise MeshrigError(f"{what} failed: {argv[0]} did not end within {timeout:g} s") from error
    except OSError as error:
        raise MeshrigError(f"{what} failed: cannot run {argv[0]}: {error.strerror}") from error
    if done.returncode:
        lines = [line for line in (done.stdout + done.stderr).splitlines() if line.strip()]
        tail = "\n".join(f"    {line}" for line in lines[-8:])
        raise MeshrigError(f"{what} failed with exit code {done.returncode}\n{tail}")
    return done.stdout
