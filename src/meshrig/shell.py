"""Run commands whose output matters only when they fail."""

import subprocess
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Protocol

from meshrig.errors import MeshrigError

_SHOWN_LINES = 12


class Run(Protocol):
    """How commands are run; tests have one that answers from a script."""

    def __call__(
        self,
        argv: Sequence[str],
        *,
        what: str,
        env: Mapping[str, str] | None = None,
        cwd: Path | None = None,
        stdin: str | None = None,
        timeout: float | None = None,
    ) -> str:
        """Run ``argv``, return its standard output. Raises CommandError naming ``what`` and the last lines printed."""


class CommandError(MeshrigError):
    """A command that failed, or could not be run. ``output``: all it printed; ``missing``: there is no such command."""

    def __init__(self, message: str, output: str = "", *, missing: bool = False) -> None:
        super().__init__(message)
        self.output = output
        self.missing = missing


def run(
    argv: Sequence[str],
    *,
    what: str,
    env: Mapping[str, str] | None = None,
    cwd: Path | None = None,
    stdin: str | None = None,
    timeout: float | None = None,
) -> str:
    """Run ``argv``, return its standard output. Raises CommandError naming ``what`` with the last lines it printed.

    ``stdin`` is never repeated in a message: it may be secret. ``timeout`` in seconds.
    """
    try:
        # Never the terminal's: a command that asks for something would wait for ever.
        done = subprocess.run(
            argv,
            env=env,
            cwd=cwd,
            input=stdin or "",
            timeout=timeout,
            # Whatever the locale: these tools print UTF-8, and a stray byte is no reason to fail.
            encoding="utf-8",
            errors="replace",
            capture_output=True,
            check=False,
        )
    except subprocess.TimeoutExpired as error:
        raise CommandError(f"{what} failed: {argv[0]} did not end within {timeout:g} s") from error
    except OSError as error:
        # A missing ``cwd`` raises the same, with that name in it.
        missing = isinstance(error, FileNotFoundError) and error.filename == argv[0]
        raise CommandError(f"{what} failed: cannot run {argv[0]}: {error.strerror}", missing=missing) from error
    if done.returncode:
        output = done.stdout + done.stderr
        lines = [line for line in output.splitlines() if line.strip()]
        tail = "\n".join(f"    {line}" for line in lines[-_SHOWN_LINES:])
        raise CommandError(f"{what} failed with exit code {done.returncode}\n{tail}", output)
    return done.stdout
