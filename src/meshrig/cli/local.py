"""up, down, status, logs, validate."""

import json
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import click
from rich.table import Table

from meshrig.cli.output import done, out, project_option, reports_errors
from meshrig.errors import MeshrigError
from meshrig.harness import runtimes
from meshrig.harness.inputs import read_inputs
from meshrig.runtime.process.logs import find_logs, follow, tail
from meshrig.settings import existing_places

_ASKED = ("process", "kind", "auto")


def _runtime_option(default: str, choices: tuple[str, ...], text: str) -> Callable[[Any], Any]:
    return click.option("--runtime", type=click.Choice(choices), default=default, show_default=True, help=text)


@click.command()
@project_option
@_runtime_option("process", _ASKED, "Where pods run; auto: kind where Docker and kind are there, else process.")
@click.option("--no-workloads", is_flag=True, help="In kind: leave images and manifests to docker push and kubectl.")
@reports_errors
def up(project_file: Path, runtime: str, no_workloads: bool) -> None:
    """Start the system, or bring a running one to what the files say now."""
    started = time.monotonic()
    status = runtimes.up(project_file, runtimes.choose_runtime(runtime), done, workloads=not no_workloads)
    for line in status["not_honoured"]:
        out.print("[dim]  note:", line, style="dim")
    for line in status["warnings"]:
        out.print("[yellow]![/yellow]", line)
    _print_endpoints(status)
    out.print(f"Up in {time.monotonic() - started:.1f} s. Stop it with: meshrig down")


@click.command()
@project_option
@_runtime_option("all", ("process", "kind", "all"), "Only what runs there.")
@click.option("--keep-images", is_flag=True, help="Leave the images that were built for kind.")
@reports_errors
def down(project_file: Path, runtime: str, keep_images: bool) -> None:
    """Stop everything of the project and free its ports."""
    stopped = [runtimes.down(project_file, each, keep_images=keep_images) for each in _chosen(runtime)]
    done("stopped" if any(stopped) else "nothing was running")


@click.command()
@project_option
@_runtime_option("all", ("process", "kind", "all"), "Only what runs there.")
@click.option("--json", "as_json", is_flag=True, help="Print everything as JSON.")
@reports_errors
def status(project_file: Path, runtime: str, as_json: bool) -> None:
    """Show what runs where. Exits with 1 when no system is up."""
    found = [state for each in _chosen(runtime) if (state := runtimes.status(project_file, each))]
    if as_json:
        # One runtime's status as such; both, where both run, as a list.
        shown: Any = found if len(found) > 1 else (found or [{"daemon": {"state": "down"}}])[0]
        click.echo(json.dumps(shown, indent=2))
    for state in () if as_json else found:
        _print_status(state)
    if not found and not as_json:
        out.print("nothing is running; start it with: meshrig up")
    if not any(state["daemon"]["state"] == "up" for state in found):
        sys.exit(1)


def _chosen(runtime: str) -> tuple[runtimes.RuntimeName, ...]:
    return tuple(each for each in runtimes.RUNTIMES if runtime in (each, "all"))


@click.command()
@click.argument("name")
@click.option("-n", "--tail", "lines", default=-1, show_default="all", help="Only the last lines.")
@click.option("--follow", "-F", "following", is_flag=True, help="Go on with new lines.")
@_runtime_option("all", ("process", "kind", "all"), "Whose log, where both run.")
@project_option
@reports_errors
def logs(name: str, lines: int, following: bool, runtime: str, project_file: Path) -> None:
    """Print the log of NAME: a workload (users), a pod (users-0), its Envoy (users-0-envoy; in kind users-envoy),
    edge, localstack or meshrig."""
    if runtime != "process" and not (runtime == "all" and runtimes.status(project_file, "process")):
        argv = runtimes.kind_log_command(project_file, name, lines, follow=following)
        if argv:
            sys.stdout.flush()
            sys.exit(subprocess.run(argv, check=False).returncode)
        if runtime == "kind":
            raise MeshrigError("nothing runs in kind", hint="start it with: meshrig up --runtime kind")
    _print_process_logs(project_file, name, lines, following)


def _print_process_logs(project_file: Path, name: str, lines: int, following: bool) -> None:
    folder = existing_places(project_file).logs
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
    recipes = (line for recipe in inputs.recipes.values() for line in recipe.not_honoured)
    for line in (*inputs.manifests.unsupported, *recipes):
        out.print("  note:", line, style="dim")


def _print_endpoints(status: dict[str, Any]) -> None:
    for url in status["invoke_urls"].values():
        out.print(f"Invoke URL: [bold]{url}[/bold]")
    out.print(f"AWS endpoint: {status['endpoint_url']}")
    if "kubeconfig" in status:
        out.print(f"Cluster {status['cluster']}: export KUBECONFIG={status['kubeconfig']}")


def _print_status(status: dict[str, Any]) -> None:
    if status["daemon"]["state"] == "gone":
        out.print("[red]✘[/red] the daemon does not answer: meshrig up takes over what it ran, meshrig down ends it")
    table = Table(box=None, pad_edge=False, header_style="bold")
    for column in ("NAME", "KIND", "STATE", "RESTARTS", "PID", "PORTS", "AGE"):
        table.add_column(column)
    for process in status["processes"]:
        ports = " ".join(f"{role}={port}" for role, port in process["ports"].items())
        state = process["state"]
        colour = "green" if state == "ready" else "red"
        age = _age(time.time() - process["since"]) if "since" in process else ""
        table.add_row(
            process["name"], process["kind"], f"[{colour}]{state}[/{colour}]", str(process.get("restarts", "")),
            str(process.get("pid", "")), ports, age,
        )  # fmt: skip
    out.print(table)
    if status.get("invoke_urls"):
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
