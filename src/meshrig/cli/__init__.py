"""The command line: parses arguments, calls the harness, prints. Exit codes: 0 done, 1 failed, 2 wrong input."""

from pathlib import Path

import click

from meshrig import __version__
from meshrig.cli.inject import inject
from meshrig.cli.local import down, logs, status, up, validate
from meshrig.cli.scenario import scenario
from meshrig.harness.daemon import serve


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, prog_name="meshrig")
def cli() -> None:
    """Run a CloudFormation + Kubernetes system on this machine, mesh, gateway and all, from the files you deploy."""


@cli.command(hidden=True)
@click.option("--root", type=click.Path(path_type=Path, exists=True), required=True)
def daemon(root: Path) -> None:
    """Keep one project's system running (started by ``up``)."""
    serve(root)


for command in (up, down, status, logs, validate, scenario, inject):
    cli.add_command(command)


def main() -> None:
    """Entry point of the ``meshrig`` script."""
    cli()
