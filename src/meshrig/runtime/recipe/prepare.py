"""Make an image's virtual environment and file tree, cached by content."""

import hashlib
import os
import shutil
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath

from meshrig import shell
from meshrig.errors import InvalidInputError, MeshrigError, Origin, Problem
from meshrig.model.project import ImageBuild
from meshrig.runtime.recipe.dockerfile import parse
from meshrig.runtime.recipe.interpret import Recipe, interpret
from meshrig.runtime.recipe.tree import lay_out, plan_tree, tree_hash

_COMPLETE = ".complete"


@dataclass(frozen=True)
class PreparedImage:
    """An image ready to run: ``root`` stands for ``/`` of the container, ``env`` is its ENV with PATH."""

    name: str
    root: Path
    workdir: Path
    venv: Path
    env: Mapping[str, str]
    entrypoint: tuple[str, ...]
    command: tuple[str, ...]
    notes: tuple[str, ...] = field(default=())


def require_dockerfile(build: ImageBuild, root: Path) -> str:
    """The Dockerfile's name as shown to users. Raises InvalidInputError when there is none."""
    shown = os.path.relpath(build.dockerfile, root)
    if not build.dockerfile.is_file():
        raise InvalidInputError([Problem(f"image {build.name}: no Dockerfile at {shown}", build.origin)])
    return shown


def check_image(build: ImageBuild, root: Path) -> Recipe:
    """Everything that can be wrong with an image before anything is made. Raises InvalidInputError."""
    shown = require_dockerfile(build, root)
    recipe = interpret(parse(build.dockerfile, shown), shown)
    files = plan_tree(recipe, build.context)
    missing = [path for path in recipe.requirements if path not in files]
    problems = [Problem(f"pip install -r {path}: no COPY brings that file", Origin(shown)) for path in missing]
    closed = [file for file in files.values() if not os.access(file, os.R_OK)]
    problems += [Problem("cannot be read: Permission denied", Origin(os.path.relpath(file, root))) for file in closed]
    if problems:
        raise InvalidInputError(problems)
    return recipe


def prepare_image(build: ImageBuild, recipe: Recipe, cache: Path, uv: str, say: Callable[[str], None]) -> PreparedImage:
    """Make what is missing of an image; nothing when it is all cached. Raises MeshrigError when pip can't install."""
    files = plan_tree(recipe, build.context)
    root = cache / "images" / f"{build.name}-{tree_hash(files)}"
    if not all((root / target.relative_to("/")).exists() for target in files):
        shutil.rmtree(root, ignore_errors=True)
        lay_out(files, root)
    requirements = tuple(root / path.relative_to("/") for path in recipe.requirements)
    venv, notes = _venv(build.name, recipe, requirements, cache, uv, say)
    env = {**recipe.env, "VIRTUAL_ENV": str(venv), "PATH": f"{venv / 'bin'}{os.pathsep}{os.environ.get('PATH', '')}"}
    workdir = root / recipe.workdir.relative_to("/")
    workdir.mkdir(parents=True, exist_ok=True)
    return PreparedImage(
        build.name, root, workdir, venv, env, recipe.entrypoint, recipe.command, (*recipe.not_honoured, *notes)
    )


def prune_images(cache: Path, keep: Mapping[str, PreparedImage]) -> None:
    """Remove file trees no image uses any more; virtual environments stay, being shared and costly."""
    kept = {image.root for image in keep.values()}
    folder = cache / "images"
    for tree in folder.iterdir() if folder.exists() else ():
        if tree not in kept:
            shutil.rmtree(tree, ignore_errors=True)


def _venv(
    name: str, recipe: Recipe, requirements: tuple[Path, ...], cache: Path, uv: str, say: Callable[[str], None]
) -> tuple[Path, tuple[str, ...]]:
    key = hashlib.sha256(recipe.python.encode() + "\0".join(recipe.packages).encode())
    for file in requirements:
        key.update(b"\0" + file.read_bytes())
    venv = cache / "venvs" / key.hexdigest()[:12]
    marker = venv / _COMPLETE
    if not (marker.exists() and (venv / "bin" / "python").exists()):
        say(f"installing the requirements of {name}")
        shutil.rmtree(venv, ignore_errors=True)
        note = _create_venv(venv, recipe.python, uv)
        files = [part for file in requirements for part in ("-r", str(file))]
        if files or recipe.packages:
            python = str(venv / "bin" / "python")
            argv = [uv, "pip", "install", "--quiet", "--python", python, *files, *recipe.packages]
            shell.run(argv, what=f"installing the requirements of {name}", env=clean_environment())
        marker.write_text(note)
    note = marker.read_text()
    return venv, (f"{recipe.file}: {note}",) if note else ()


def _create_venv(venv: Path, version: str, uv: str) -> str:
    """Create it with the image's Python, or with ours where that can't be had; returns a note about the latter."""
    ours = f"{sys.version_info.major}.{sys.version_info.minor}"
    create = [uv, "venv", "--quiet", str(venv), "--python"]
    if version != ours:
        try:
            shell.run([*create, version], what="uv venv", env=clean_environment())
        except MeshrigError:
            shell.run([*create, sys.executable], what="uv venv", env=clean_environment())
            return f"Python {version} can't be had here; the image runs on Python {ours}"
        return ""
    shell.run([*create, sys.executable], what="uv venv", env=clean_environment())
    return ""


def clean_environment() -> dict[str, str]:
    """Our environment without what would make uv act on meshrig's own virtual environment."""
    return {k: v for k, v in os.environ.items() if k not in {"VIRTUAL_ENV", "UV_PROJECT_ENVIRONMENT"}}


def resolve_in_image(image: PreparedImage, path: str) -> Path:
    """An absolute path of the container in the image's tree."""
    return image.root / PurePosixPath(path).relative_to("/")
