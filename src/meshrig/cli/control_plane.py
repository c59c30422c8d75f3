"""control-plane: what runs in the pods of ``meshrig-system``."""

import click

from meshrig.cli.output import reports_errors
from meshrig.harness.control_plane.serve import serve_in_cluster


@click.command("control-plane", hidden=True)
@reports_errors
def control_plane() -> None:
    """Run one replica of the mesh's control plane (in a pod of the cluster)."""
    serve_in_cluster()
