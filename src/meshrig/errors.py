"""The exception tree of meshrig; every error a user sees is one of these, printed without a traceback.

MeshrigError            exit code 1: something that should work did not (a process died, LocalStack refused a call)
└── InvalidInputError   exit code 2: the user's files or arguments are wrong; carries every problem found
"""

from collections.abc import Iterable
from dataclasses import dataclass


@dataclass(frozen=True)
class Origin:
    """Where a thing was written: ``file`` as the user named it, 1-based ``line``, and the dotted ``subject`` in it."""

    file: str = ""
    line: int = 0
    subject: str = ""

    def __str__(self) -> str:
        place = f"{self.file}:{self.line}" if self.line else self.file
        return ": ".join(part for part in (place, self.subject) if part)

    def child(self, part: str, line: int = 0) -> "Origin":
        """The origin of a property of this subject."""
        subject = f"{self.subject}.{part}" if self.subject else part
        return Origin(self.file, line or self.line, subject)


@dataclass(frozen=True)
class Problem:
    """One thing wrong with the user's input, printed as ``file:line: subject: message (hint)``."""

    message: str
    origin: Origin = Origin()
    hint: str = ""

    def __str__(self) -> str:
        place = str(self.origin)
        text = f"{place}: {self.message}" if place else self.message
        return f"{text} ({self.hint})" if self.hint else text


class MeshrigError(Exception):
    """Root of every error meshrig raises on purpose; ``str()`` is the message for the user."""

    exit_code = 1

    def __init__(self, message: str, hint: str = "", log: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint
        self.log = log


class InvalidInputError(MeshrigError):
    """The user's files or arguments are wrong; ``problems`` holds all of them, in file and line order."""

    exit_code = 2

    def __init__(self, problems: Iterable[Problem], hint: str = "") -> None:
        self.problems = tuple(sorted(problems, key=lambda p: (p.origin.file, p.origin.line)))
        super().__init__("\n".join(str(problem) for problem in self.problems), hint)
