"""Results of one or several runtimes for people (Markdown) and for machines (JSON)."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import groupby
from typing import Any

from meshrig.scenario.compare import Agreement, Line, compare
from meshrig.scenario.result import Check, ScenarioResult

_MARKS = {"ok": "✔", "failed": "✘", "noted": "○"}


@dataclass(frozen=True)
class Report:
    """``results``: by runtime, of the same scenarios in the same order."""

    results: Mapping[str, Sequence[ScenarioResult]]
    lines: tuple[Line, ...]

    @classmethod
    def of(cls, results: Mapping[str, Sequence[ScenarioResult]]) -> "Report":
        return cls(results, compare(results))

    @property
    def runtimes(self) -> tuple[str, ...]:
        return tuple(self.results)

    @property
    def as_expected(self) -> bool:
        return all(result.ok for results in self.results.values() for result in results)

    @property
    def ok(self) -> bool:
        """Every runtime as expected, and all of them alike."""
        return self.as_expected and not self.having("different")

    def having(self, agreement: Agreement) -> tuple[Line, ...]:
        return tuple(line for line in self.lines if line.agreement == agreement)


def show_check(check: Check | None) -> str:
    """A check in one cell."""
    return f"{_MARKS[check.verdict]} {check.seen}" if check else "no such check"


def as_json(report: Report) -> dict[str, Any]:
    """``differences`` and ``not_comparable`` repeat lines of ``checks``."""
    return {
        "ok": report.ok,
        "runtimes": list(report.runtimes),
        "scenarios": [
            {"name": per_runtime[0].name, "ok": {r: x.ok for r, x in zip(report.runtimes, per_runtime, strict=True)}}
            for per_runtime in zip(*report.results.values(), strict=True)
        ],
        "checks": [_line_as_json(line) for line in report.lines],
        "differences": [_line_as_json(line) for line in report.having("different")],
        "not_comparable": [_line_as_json(line) for line in report.having("not comparable")],
    }


def _line_as_json(line: Line) -> dict[str, Any]:
    return {
        "scenario": line.scenario,
        "phase": line.phase,
        "check": line.what,
        "agreement": line.agreement,
        "runs": {runtime: _check_as_json(check) if check else None for runtime, check in line.checks.items()},
    }


def _check_as_json(check: Check) -> dict[str, str]:
    return {"verdict": check.verdict, "expected": check.expected, "seen": check.seen, "outcome": check.outcome}


def as_markdown(report: Report, when: datetime) -> str:
    """Verdict and differences first, then everything side by side."""
    return "\n".join([*_summary(report, when), *_listing(report), *_tables(report)]) + "\n"


def _summary(report: Report, when: datetime) -> Iterator[str]:
    yield f"# Scenarios on {' and '.join(report.runtimes)}"
    yield ""
    yield f"{when:%Y-%m-%d %H:%M} UTC. {_verdict(report)}"
    yield ""


def _verdict(report: Report) -> str:
    expected = "Everything was as expected." if report.as_expected else "Not everything was as expected."
    if len(report.runtimes) == 1:
        return expected
    count = len(report.having("different"))
    return f"{expected} {count or 'No'} {'difference' if count == 1 else 'differences'} between the runtimes."


def _listing(report: Report) -> Iterator[str]:
    if len(report.runtimes) == 1:
        return
    titles: tuple[tuple[str, Agreement], ...] = (
        ("Differences", "different"),
        ("Not comparable: what a runtime cannot try or cannot do", "not comparable"),
    )
    for title, agreement in titles:
        if lines := report.having(agreement):
            yield from (f"## {title}", "")
            yield from _table(("scenario", "phase", "check", *report.runtimes), (_listed(line) for line in lines))


def _listed(line: Line) -> Sequence[str]:
    return (line.scenario, line.phase, line.what, *map(show_check, line.checks.values()))


def _tables(report: Report) -> Iterator[str]:
    for name, lines in groupby(report.lines, lambda line: line.scenario):
        yield from (f"## {name}", "")
        yield from _table(("phase", "check", "expected", *report.runtimes), (_side_by_side(line) for line in lines))


def _side_by_side(line: Line) -> Sequence[str]:
    expected = dict.fromkeys(check.expected for check in line.checks.values() if check)
    return (line.phase, line.what, " / ".join(expected), *map(show_check, line.checks.values()))


def _table(head: Sequence[str], rows: Iterator[Sequence[str]]) -> Iterator[str]:
    yield _row(head)
    yield _row(["---"] * len(head))
    yield from (_row([_cell(text) for text in row]) for row in rows)
    yield ""


def _row(cells: Sequence[str]) -> str:
    return f"| {' | '.join(cells)} |"


def _cell(text: str) -> str:
    """Text that stays in its cell and is not taken for markup."""
    for special in "\\|`*_<[":
        text = text.replace(special, f"\\{special}")
    return " ".join(text.split())
