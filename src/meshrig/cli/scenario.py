"""scenario run."""

import sys
from pathlib import Path

import click
from rich.table import Table

from meshrig.cli.output import out, project_option, reports_errors
from meshrig.harness.scenarios import run_scenarios


@click.group()
def scenario() -> None:
    """Run scenarios against the running system."""


@scenario.command()
@click.argument("files", nargs=-1, type=click.Path(path_type=Path, exists=True, dir_okay=False))
@project_option
@reports_errors
def run(files: tuple[Path, ...], project_file: Path) -> None:
    """Run FILES, or the scenarios that the project names, and compare what is seen with what is expected."""
    failed = False
    for result in run_scenarios(project_file, files, lambda text: out.print(f"  {text}", style="dim")):
        table = Table(title=result.name, title_justify="left", title_style="bold", box=None, pad_edge=False)
        for column in ("PHASE", "CHECK", "EXPECTED", "SEEN", ""):
            table.add_column(column, overflow="fold")
        for check in result.checks:
            table.add_row(
                check.phase, check.what, check.expected, check.seen, "[green]✔[/green]" if check.ok else "[red]✘[/red]"
            )
            failed = failed or not check.ok
        out.print(table)
        out.print()
    if failed:
        out.print("[red]✘[/red] not everything was as expected")
        sys.exit(1)
    out.print("[green]✔[/green] everything was as expected")
