"""daemon: what ``up`` starts and leaves running."""

from pathlib import Path

import click

from meshrig.harness.daemon import serve


@click.command(hidden=True)
@click.option("--root", type=click.Path(path_type=Path, exists=True), required=True)
def daemon(root: Path) -> None:
    """Keep one project's system running (started by ``up``)."""
    serve(root)
