"""The command line: parses arguments, calls the harness, prints. Exit codes: 0 done, 1 failed, 2 wrong input."""

import json
import sys
from pathlib import Path

import click

from meshrig import __version__
from meshrig.cli.local import down, logs, status, up, validate
from meshrig.cli.output import reports_errors
from meshrig.cli.scenario import scenario
from meshrig.harness.client import exchange


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, prog_name="meshrig")
def cli() -> None:
    """Run a CloudFormation + Kubernetes system on this machine, mesh, gateway and all, from the files you deploy."""


@cli.command(hidden=True)
@click.option("--root", type=click.Path(path_type=Path, exists=True), required=True)
def daemon(root: Path) -> None:
    """Keep one project's system running (started by ``up``)."""
    # Loaded here alone, as below: what serves is heavy, and no command that a user waits for needs it.
    from meshrig.harness.daemon import serve

    serve(root)


@cli.command(hidden=True)
@click.option("--endpoint", required=True, help="Where the AWS APIs answer.")
@click.option("--runtime", type=click.Path(path_type=Path, exists=True), required=True)
@click.option("--state", type=click.Path(path_type=Path, exists=True), required=True)
def keep(endpoint: str, runtime: Path, state: Path) -> None:
    """Keep the stack and the edge of a system that runs in compose and kind (started by compose)."""
    from meshrig.harness.keeper.service import serve

    serve(endpoint, runtime, state)


@cli.command(hidden=True)
@click.option("--control", type=click.Path(path_type=Path), required=True)
def control(control: Path) -> None:
    """Hand a request from stdin to the control API at a Unix socket: JSON lines out (used through docker exec)."""
    for event in exchange(control, sys.stdin.read()):
        click.echo(json.dumps(event))


@cli.command("control-plane", hidden=True)
@reports_errors
def control_plane() -> None:
    """Run one replica of the mesh's control plane (in a pod of the cluster)."""
    from meshrig.harness.control_plane.serve import serve_in_cluster

    serve_in_cluster()


for command in (up, down, status, logs, validate, scenario):
    cli.add_command(command)
