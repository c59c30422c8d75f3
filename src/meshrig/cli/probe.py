"""probe: what the control plane's pods run for somebody outside the cluster."""

import sys

import click

from meshrig.cli.output import reports_errors
from meshrig.scenario.prober import answer_probes


@click.command(hidden=True)
@reports_errors
def probe() -> None:
    """Dial what standard input asks for (a JSON list) and print what came of it."""
    click.echo(answer_probes(sys.stdin.read()))
