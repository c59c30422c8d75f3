"""scenario run."""

import json
import sys
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path

import click
from rich.markup import escape
from rich.table import Table

from meshrig.cli.output import done, err, out, project_option, reports_errors
from meshrig.errors import InvalidInputError, MeshrigError, Problem
from meshrig.harness.running_system import SYSTEMS, FindSystem, RunningSystem, find_systems
from meshrig.harness.scenarios import run_scenarios, select_scenarios
from meshrig.scenario.compare import Line
from meshrig.scenario.definition import Scenario
from meshrig.scenario.report import Report, as_json, as_markdown, show_check
from meshrig.scenario.result import ScenarioResult, render_rows
from meshrig.settings import places

_MARKS = {"ok": "[green]✔[/green]", "failed": "[red]✘[/red]", "noted": "○"}
_DEFAULT = "scenario-report.md"


@click.group()
def scenario() -> None:
    """Run scenarios against the running system."""


@scenario.command()
@click.argument("names", nargs=-1, metavar="[NAMES|FILES|all]...")
@click.option("--runtime", default="", metavar="NAMES", help="Where: process, kind, or process,kind to compare both.")
@click.option(
    "--report",
    is_flag=False,
    flag_value=_DEFAULT,
    metavar="[FILE]",
    help="Write a report: FILE.md or FILE.json; without FILE, .meshrig/scenario-report.md.",
)
@click.option("--json", "machine", is_flag=True, help="Print everything as JSON.")
@project_option
@click.pass_obj
@reports_errors
def run(
    systems: Mapping[str, FindSystem] | None,
    names: tuple[str, ...],
    runtime: str,
    report: str | None,
    machine: bool,
    project_file: Path,
) -> None:
    """Run scenarios, those named or all of the project, and compare what is seen with what is expected.

    With several runtimes, also compare what is seen in one with what is seen in the other.
    """
    file = _report_file(report, project_file) if report is not None else None
    scenarios = select_scenarios(project_file, names)
    runtimes = [name.strip() for name in runtime.split(",") if name.strip()]
    found = find_systems(project_file, runtimes, systems or SYSTEMS)
    results = {system.runtime: _run(project_file, scenarios, system, len(found) > 1, machine) for system in found}
    whole = Report.of(results)
    if file:
        _write(whole, file)
    if machine:
        click.echo(json.dumps(as_json(whole), indent=2))
    else:
        _conclude(whole, file)
    if not whole.ok:
        sys.exit(1)


def _report_file(given: str, project_file: Path) -> Path:
    """Wrong names are refused before anything runs: ``--report all`` would take the scenarios for a file."""
    if given == _DEFAULT:
        return places(project_file.parent).state / _DEFAULT
    file = Path(given)
    if file.suffix not in {".md", ".json"}:
        hint = "for a scenario, name it before --report"
        raise InvalidInputError([Problem(f"a report is a file .md or .json, not {given}", hint=hint)])
    if not file.parent.is_dir():
        raise InvalidInputError([Problem(f"cannot write {given}: there is no folder {file.parent}")])
    return file


def _run(
    project_file: Path, scenarios: Sequence[Scenario], system: RunningSystem, several: bool, machine: bool
) -> tuple[ScenarioResult, ...]:
    progress, where = err if machine else out, f"{system.runtime}: " if several else ""
    results = []
    for result in run_scenarios(
        project_file, scenarios, system, lambda text: progress.print(f"  {where}{text}", style="dim", markup=False)
    ):
        results.append(result)
        if not machine:
            _print_result(result, where)
    return tuple(results)


def _print_result(result: ScenarioResult, where: str) -> None:
    title = escape(where + result.name)
    table = Table(title=title, title_justify="left", title_style="bold", box=None, pad_edge=False)
    for column in ("PHASE", "CHECK", "EXPECTED", "SEEN", ""):
        table.add_column(column, overflow="fold")
    for row in render_rows(result):
        texts = (row.phase, row.check.what, row.check.expected, row.check.seen)
        table.add_row(*map(escape, texts), _MARKS[row.check.verdict])
    out.print(table)
    out.print()


def _write(report: Report, file: Path) -> None:
    text = json.dumps(as_json(report), indent=2) + "\n" if file.suffix == ".json" else as_markdown(report, _now())
    try:
        file.write_text(text)
    except OSError as error:
        raise MeshrigError(f"cannot write {file}: {error.strerror}") from error


def _now() -> datetime:
    return datetime.now(UTC)


def _conclude(report: Report, file: Path | None) -> None:
    if len(report.runtimes) > 1:
        _print_lines("Not comparable: what a runtime cannot try or cannot do", report.having("not comparable"))
        _print_lines("Differences", report.having("different"))
    if file:
        done(f"wrote {escape(str(file))}")
    if len(report.runtimes) > 1 and not report.having("different"):
        done(f"no difference between {' and '.join(report.runtimes)}")
    noted = sum(c.noted for results in report.results.values() for result in results for c in result.checks)
    if noted:
        out.print(f"{_MARKS['noted']} {noted} checks only noted: neither passed nor failed, see why above")
    if report.as_expected:
        done("everything was as expected")
    else:
        out.print("[red]✘[/red] not everything was as expected")


def _print_lines(title: str, lines: Sequence[Line]) -> None:
    if not lines:
        return
    table = Table(title=title, title_justify="left", title_style="bold", box=None, pad_edge=False)
    for column in ("SCENARIO", "PHASE", "CHECK", *(runtime.upper() for runtime in lines[0].checks)):
        table.add_column(column, overflow="fold")
    for line in lines:
        table.add_row(*map(escape, (line.scenario, line.phase, line.what, *map(show_check, line.checks.values()))))
    out.print(table)
    out.print()
