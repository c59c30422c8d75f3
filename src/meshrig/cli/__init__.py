"""The command line: parses arguments, calls the harness, prints. Exit codes: 0 done, 1 failed, 2 wrong input."""

import click

from meshrig import __version__
from meshrig.cli.lazy import LazyGroup

_COMMANDS = {
    "up": "meshrig.cli.local:up",
    "down": "meshrig.cli.local:down",
    "status": "meshrig.cli.local:status",
    "logs": "meshrig.cli.local:logs",
    "validate": "meshrig.cli.local:validate",
    "scenario": "meshrig.cli.scenario:scenario",
    "inject": "meshrig.cli.inject:inject",
    "daemon": "meshrig.cli.daemon:daemon",
    "keep": "meshrig.cli.keeper:keep",
    "control": "meshrig.cli.keeper:control",
    "control-plane": "meshrig.cli.control_plane:control_plane",
    "probe": "meshrig.cli.probe:probe",
}


@click.group(cls=LazyGroup, places=_COMMANDS, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, prog_name="meshrig")
def cli() -> None:
    """Run a CloudFormation + Kubernetes system on this machine, mesh, gateway and all, from the files you deploy."""
