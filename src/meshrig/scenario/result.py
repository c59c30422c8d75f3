"""What was expected and what was seen."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Check:
    phase: str
    what: str
    expected: str
    seen: str
    ok: bool


@dataclass(frozen=True)
class ScenarioResult:
    name: str
    checks: tuple[Check, ...]

    @property
    def ok(self) -> bool:
        """Everything was as expected, and something was looked at."""
        return bool(self.checks) and all(check.ok for check in self.checks)


@dataclass(frozen=True)
class Row:
    """A line of the result's table; ``phase`` is empty where it is that of the row above."""

    phase: str
    what: str
    expected: str
    seen: str
    ok: bool


def render_rows(result: ScenarioResult) -> tuple[Row, ...]:
    """One row for each check, in order."""
    phases = ["", *(check.phase for check in result.checks)]
    return tuple(
        Row("" if check.phase == above else check.phase, check.what, check.expected, check.seen, check.ok)
        for above, check in zip(phases, result.checks, strict=False)
    )
