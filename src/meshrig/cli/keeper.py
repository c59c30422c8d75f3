"""keep and control: what runs in the container ``meshrig`` of compose."""

import json
import sys
from pathlib import Path

import click


@click.command(hidden=True)
@click.option("--endpoint", required=True, help="Where the AWS APIs answer.")
@click.option("--runtime", type=click.Path(path_type=Path, exists=True), required=True)
@click.option("--state", type=click.Path(path_type=Path, exists=True), required=True)
def keep(endpoint: str, runtime: Path, state: Path) -> None:
    """Keep the stack and the edge of a system that runs in compose and kind (started by compose)."""
    # Loaded here, since ``control`` must be quick.
    from meshrig.harness.keeper.service import serve

    serve(endpoint, runtime, state)


@click.command(hidden=True)
@click.option("--control", "control_socket", type=click.Path(path_type=Path), required=True)
def control(control_socket: Path) -> None:
    """Hand a request from stdin to the control API at a Unix socket: JSON lines out (used through docker exec)."""
    from meshrig.errors import MeshrigError
    from meshrig.harness.client import exchange

    try:
        for event in exchange(control_socket, sys.stdin.read()):
            click.echo(json.dumps(event))
    except (OSError, MeshrigError) as error:
        # Loads the server, which takes its time.
        from meshrig.harness.control_server import error_to_json

        away = error if isinstance(error, MeshrigError) else MeshrigError(f"the keeper is away: {error}")
        click.echo(json.dumps({"error": error_to_json(away)}))
