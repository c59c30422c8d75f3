"""Commands that answer from a script instead of being run."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from pathlib import Path

from meshrig.shell import CommandError


@dataclass(frozen=True)
class Call:
    """One command as it was asked for."""

    argv: tuple[str, ...]
    env: Mapping[str, str] | None
    cwd: Path | None
    stdin: str | None
    timeout: float | None

    @property
    def line(self) -> str:
        return " ".join(self.argv)


Answer = str | CommandError | Callable[[Call], str]


@dataclass
class FakeRun:
    """``script``: pattern of a whole command line (as of fnmatch) -> what it prints, or how it fails.

    The first pattern that fits answers; a command that none fits fails the test.
    """

    script: dict[str, Answer] = field(default_factory=dict)
    calls: list[Call] = field(default_factory=list)

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
        call = Call(tuple(argv), env, cwd, stdin, timeout)
        self.calls.append(call)
        answer = next((a for pattern, a in self.script.items() if fnmatchcase(call.line, pattern)), None)
        assert answer is not None, f"{what}: the script has no answer to: {call.line}"
        if isinstance(answer, CommandError):
            raise answer
        return answer if isinstance(answer, str) else answer(call)

    def made(self, pattern: str) -> list[Call]:
        """The calls that fit."""
        return [call for call in self.calls if fnmatchcase(call.line, pattern)]

    def lines(self, *patterns: str) -> list[str]:
        """Command lines that fit one of the patterns, in order."""
        return [call.line for call in self.calls if any(fnmatchcase(call.line, each) for each in patterns)]

    def answers(self, script: Mapping[str, Answer]) -> "FakeRun":
        """The same with these answers before its own."""
        return FakeRun({**script, **{k: v for k, v in self.script.items() if k not in script}})


def failing(output: str = "no") -> CommandError:
    """A command that prints this and fails."""
    return CommandError(f"it failed with exit code 1\n    {output}", output)


def missing(command: str) -> CommandError:
    """A command that isn't installed."""
    return CommandError(f"cannot run {command}: No such file or directory", missing=True)


def in_turn(*answers: Answer) -> Callable[[Call], str]:
    """One answer after the other, the last one for ever."""
    rest: Iterator[Answer] = iter(answers)
    last: list[Answer] = []

    def answer(call: Call) -> str:
        last[:] = [next(rest, *last)]
        if isinstance(last[0], CommandError):
            raise last[0]
        return last[0] if isinstance(last[0], str) else last[0](call)

    return answer
