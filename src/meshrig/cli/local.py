"""up, down, status, logs, validate."""

import json
import sys
import time
from pathlib import Path
from typing import Any

import click
from rich.table import Table

from meshrig.cli.output import done, out, project_option, reports_errors
from meshrig.errors import MeshrigError
from meshrig.harness import local
from meshrig.harness.inputs import read_inputs
from meshrig.runtime.process.logs import find_logs, follow, tail
from meshrig.settings import places


@click.command()
@project_option
@reports_errors
def up(project_file: Path) -> None:
    """Start the system, or bring a running one to what the files say now."""
    started = time.monotonic()
    status = local.up(project_file, done)
    for line in status["not_honoured"]:
        out.print("[dim]  note:", line, style="dim")
    for line in status["warnings"]:
        out.print("[yellow]![/yellow]", line)
    _print_endpoints(status)
    out.print(f"Up in {time.monotonic() - started:.1f} s. Stop it with: meshrig down")


@click.command()
@project_option
@reports_errors
def down(project_file: Path) -> None:
    """Stop everything of the project and free its ports."""
    done("stopped" if local.down(project_file) else "nothing was running")


@click.command()
@project_option
@click.option("--json", "as_json", is_flag=True, help="Print everything as JSON.")
@reports_errors
def status(project_file: Path, as_json: bool) -> None:
    """Show what runs where. Exits with 1 when the system isn't up."""
    found = local.status(project_file)
    if as_json:
        click.echo(json.dumps(found or {"daemon": {"state": "down"}}, indent=2))
    elif found:
        _print_status(found)
    else:
        out.print("nothing is running; start it with: meshrig up")
    if not found or found["daemon"]["state"] != "up":
        sys.exit(1)


@click.command()
@click.argument("name")
@click.option("-n", "--tail", "lines", default=-1, show_default="all", help="Only the last lines.")
@click.option("--follow", "-F", "following", is_flag=True, help="Go on with new lines.")
@project_option
@reports_errors
def logs(name: str, lines: int, following: bool, project_file: Path) -> None:
    """Print the log of NAME: a workload (users), a pod (users-0), an Envoy (users-0-envoy), localstack or meshrig."""
    folder = places(project_file.parent).logs
    found = find_logs(folder, name)
    if not found:
        known = ", ".join(sorted(path.stem for path in folder.glob("*.log"))) or "none yet"
        raise MeshrigError(f"no log of {name}", hint=f"there are: {known}")
    for log in found:
        for line in tail(log, lines):
            click.echo(f"{log.stem}  {line}" if len(found) > 1 else line)
    if following:
        for log, line in follow(found):
            click.echo(f"{log.stem}  {line}" if len(found) > 1 else line)


@click.command()
@project_option
@reports_errors
def validate(project_file: Path) -> None:
    """Check the project file, template, manifests and Dockerfiles without starting anything."""
    inputs = read_inputs(project_file)
    resources = len(inputs.template.resources)
    done(
        f"{inputs.project.template.name} ({resources} resources), manifests and {len(inputs.recipes)} images are valid"
    )
    for line in inputs.manifests.unsupported:
        out.print("  note:", line, style="dim")


def _print_endpoints(status: dict[str, Any]) -> None:
    for url in status["invoke_urls"].values():
        out.print(f"Invoke URL: [bold]{url}[/bold]")
    out.print(f"AWS endpoint: {status['endpoint_url']}")


def _print_status(status: dict[str, Any]) -> None:
    table = Table(box=None, pad_edge=False, header_style="bold")
    for column in ("NAME", "KIND", "STATE", "RESTARTS", "PID", "PORTS", "AGE"):
        table.add_column(column)
    for process in status["processes"]:
        ports = " ".join(f"{role}={port}" for role, port in process["ports"].items())
        state = process["state"]
        colour = "green" if state == "ready" else "red"
        age = _age(time.time() - process["since"])
        table.add_row(
            process["name"], process["kind"], f"[{colour}]{state}[/{colour}]", str(process["restarts"]),
            str(process["pid"]), ports, age,
        )  # fmt: skip
    out.print(table)
    if "invoke_urls" in status:
        stack = status["stack"]
        out.print(f"Stack {stack['name']}: {stack['status']} ({stack['resources']} resources)")
        _print_endpoints(status)
    for proxy in status.get("proxies", ()):
        for rejected in proxy["rejected"]:
            out.print("[red]✘[/red]", f"{proxy['process']} rejected {rejected}")


def _age(seconds: float) -> str:
    whole = int(seconds)
    if whole < 120:
        return f"{whole}s"
    return f"{whole // 60}m" if whole < 7200 else f"{whole // 3600}h"
