"""Set the results of the same scenarios in several runtimes side by side, check by check."""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from meshrig.scenario.result import Check, ScenarioResult

Agreement = Literal["same", "different", "not comparable"]

type _Key = tuple[str, str, int]


@dataclass(frozen=True)
class Line:
    """One check of one scenario in each runtime that made it. ``checks``: runtime -> check, or None for none."""

    scenario: str
    phase: str
    what: str
    checks: Mapping[str, Check | None]

    @property
    def agreement(self) -> Agreement:
        """Verdict and outcome count; what was seen may differ in times and amounts.

        Where a runtime only notes the check, it has nothing to compare.
        """
        made = [check for check in self.checks.values() if check]
        if any(check.noted for check in made):
            return "not comparable"
        alike = len({(check.verdict, check.outcome) for check in made}) == 1
        return "same" if alike and len(made) == len(self.checks) else "different"


def compare(results: Mapping[str, Sequence[ScenarioResult]]) -> tuple[Line, ...]:
    """``results``: by runtime, of the same scenarios in the same order. The lines keep the order of the checks."""
    lines: list[Line] = []
    for same_scenario in zip(*results.values(), strict=True):
        by_runtime = {runtime: _by_key(result.checks) for runtime, result in zip(results, same_scenario, strict=True)}
        for key in _merge(list(checks) for checks in by_runtime.values()):
            checks = {runtime: found.get(key) for runtime, found in by_runtime.items()}
            lines.append(Line(same_scenario[0].name, key[0], key[1], checks))
    return tuple(lines)


def _by_key(checks: Sequence[Check]) -> dict[_Key, Check]:
    """The last part of a key tells checks of one name in one phase apart."""
    seen: Counter[tuple[str, str]] = Counter()
    found = {}
    for check in checks:
        name = (check.phase, check.what)
        found[*name, seen[name]] = check
        seen[name] += 1
    return found


def _merge(orders: Iterator[list[_Key]]) -> list[_Key]:
    """All keys once; one that only a later order has comes after the key before it there."""
    merged: list[_Key] = []
    for order in orders:
        at = 0
        for key in order:
            if key in merged:
                at = merged.index(key) + 1
            else:
                merged.insert(at, key)
                at += 1
    return merged
