"""Print for people: marks, colours where the output is a terminal, errors on stderr."""

import functools
import os
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import click
from rich.console import Console

from meshrig.errors import InvalidInputError, MeshrigError
from meshrig.names import DEFAULT_PROJECT_FILE

# A pipe has no width: wide enough that tables keep a row to a line.
_PIPE_WIDTH = 160
# What shells give to a command that Ctrl-C has ended.
_INTERRUPTED = 130
out = Console(highlight=False, soft_wrap=True, width=None if sys.stdout.isatty() else _PIPE_WIDTH)
err = Console(stderr=True, highlight=False, soft_wrap=True)


def done(text: str) -> None:
    """One finished step."""
    out.print("[green]✔[/green]", text, markup=True)


def fail(error: MeshrigError) -> None:
    """What failed, the hint, and where the log is; never a traceback."""
    if error.exit_code == InvalidInputError.exit_code:
        for line in error.message.splitlines():
            err.print("[red]✘[/red]", _plain(line))
    else:
        err.print("[red]✘[/red]", _plain(error.message))
    if error.hint:
        err.print("  ", _plain(error.hint))
    if error.log:
        err.print("   log:", _plain(error.log))


def _plain(text: str) -> str:
    return text.replace("[", r"\[")


def reports_errors[**P, T](command: Callable[P, T]) -> Callable[P, T]:
    """Turn meshrig's errors into a message and an exit code."""

    @functools.wraps(command)
    def wrapped(*args: P.args, **kwargs: P.kwargs) -> T:
        try:
            return command(*args, **kwargs)
        except MeshrigError as error:
            fail(error)
            sys.exit(error.exit_code)
        except KeyboardInterrupt:
            err.print("interrupted")
            sys.exit(_INTERRUPTED)
        except BrokenPipeError:
            # The reader has gone (``meshrig logs | head``): end quietly, as other tools do.
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
            sys.exit(0)
        except OSError as error:
            # The machine refused: a full disk, a folder of somebody else.
            fail(MeshrigError(f"{error.filename}: {error.strerror}" if error.filename else str(error)))
            sys.exit(MeshrigError.exit_code)

    return wrapped


def project_option(command: Callable[..., Any]) -> Callable[..., Any]:
    """``-f/--file``: which project."""
    return click.option(
        "-f",
        "--file",
        "project_file",
        type=click.Path(path_type=Path, dir_okay=False, resolve_path=True),
        default=DEFAULT_PROJECT_FILE,
        show_default=True,
        help="The project file.",
    )(command)
