"""``meshrig.yaml``: which template, manifests and images make one system."""

import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from meshrig.errors import Origin


@dataclass(frozen=True)
class ImageBuild:
    """How the image that manifests call ``name`` is made; ``repository`` is the logical id of its ECR repository."""

    name: str
    context: Path
    dockerfile: Path
    repository: str = ""
    origin: Origin = field(default=Origin(), compare=False)


@dataclass(frozen=True)
class Target:
    """Where the system runs; ``parameters`` are template parameters, ``account`` pins an AWS account id.

    ``places``: the file and line of each parameter's value.
    """

    name: str
    parameters: Mapping[str, str] = field(default_factory=dict)
    account: str = ""
    places: Mapping[str, Origin] = field(default_factory=dict, compare=False)


@dataclass(frozen=True)
class Project:
    """All paths are absolute; ``root`` is the folder of ``meshrig.yaml``. ``cluster_file``: kind's configuration."""

    name: str
    root: Path
    template: Path
    stack_name: str
    region: str
    targets: Mapping[str, Target]
    manifests: tuple[Path, ...]
    images: Mapping[str, ImageBuild]
    scenarios: tuple[Path, ...] = ()
    cluster_file: Path | None = None

    def shown(self, path: Path) -> str:
        """``path`` as messages spell it."""
        return os.path.relpath(path)
