"""What was expected and what was seen."""

from dataclasses import dataclass
from typing import Literal

Verdict = Literal["ok", "failed", "noted"]


@dataclass(frozen=True)
class Check:
    """``outcome``: what is the same in every run against the same system: ``seen`` without times and amounts.

    ``noted``: said, but neither passed nor failed, since this runtime cannot try it or cannot do it.
    """

    phase: str
    what: str
    expected: str
    seen: str
    ok: bool
    outcome: str = ""
    noted: bool = False

    @classmethod
    def note(cls, phase: str, what: str, expected: str, seen: str) -> "Check":
        return cls(phase, what, expected, seen, ok=False, noted=True)

    @property
    def verdict(self) -> Verdict:
        if self.noted:
            return "noted"
        return "ok" if self.ok else "failed"


@dataclass(frozen=True)
class ScenarioResult:
    name: str
    checks: tuple[Check, ...]

    @property
    def ok(self) -> bool:
        """Everything was as expected, and something was looked at."""
        verdicts = {check.verdict for check in self.checks} - {"noted"}
        return verdicts == {"ok"}


@dataclass(frozen=True)
class Row:
    """A line of the result's table; ``phase`` is empty where it is that of the row above."""

    phase: str
    check: Check


def render_rows(result: ScenarioResult) -> tuple[Row, ...]:
    """One row for each check, in order."""
    phases = ["", *(check.phase for check in result.checks)]
    return tuple(
        Row("" if check.phase == above else check.phase, check)
        for above, check in zip(phases, result.checks, strict=False)
    )
