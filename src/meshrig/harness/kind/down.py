"""Remove a kind system: cluster, containers, network, volumes, built images and files."""

import shutil
from pathlib import Path

from meshrig import shell
from meshrig.errors import MeshrigError
from meshrig.harness.kind.layout import Layout, find_abandoned, find_existing
from meshrig.runtime.kind.images import remove_images, repository_tags
from meshrig.runtime.kind.ownership import networks_of
from meshrig.runtime.kind.tools import find_tools
from meshrig.settings import places
from meshrig.shell import Run


def down(project_file: Path, *, keep_images: bool = False, run: Run = shell.run) -> bool:
    """Returns whether there was anything. ``keep_images`` leaves what was built, for a quicker next start.

    Raises InvalidInputError where there was and Docker or kind isn't there.
    """
    found = places(project_file.parent.resolve())
    layout = find_existing(found, run)
    if layout is None and networks_of(found.root, run):
        layout = find_abandoned(found, find_tools(run))
    if layout is None:
        return False
    _remove(layout, keep_images)
    return True


def _remove(layout: Layout, keep_images: bool) -> None:
    problems = []
    compose = layout.compose({})
    # The cluster's node must leave the network before compose can remove it.
    for step in (layout.cluster().delete, compose.down):
        try:
            step()
        except MeshrigError as error:
            problems.append(error.message)
    if not keep_images:
        remove_images(layout.tools.run, repository_tags(layout.tools.run, layout.image_prefix))
    if problems:
        raise MeshrigError("\n".join(problems), hint="run meshrig down again")
    shutil.rmtree(layout.folder, ignore_errors=True)
