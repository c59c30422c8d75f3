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
        return all(check.ok for check in self.checks)
