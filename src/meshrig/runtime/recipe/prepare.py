"""Make an image's virtual environment and file tree, cached by content."""

import hashlib
import os
import re
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
from meshrig.shell import CommandError

_COMPLETE = ".complete"
# How uv begins what is the requirements' own fault, and not the network's.
_WRONG_REQUIREMENTS = ("No solution found", "Couldn't parse requirement", "Error parsing included file")
_PACKAGE = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]*")


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
    file: str = ""
    """The Dockerfile, for messages."""

    def resolve(self, text: str) -> str:
        """An absolute path of the container as one of this machine; anything else as it is."""
        if not text.startswith("/"):
            return text
        found = self.root / PurePosixPath(text).relative_to("/")
        return str(found) if found.exists() else text


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
    """Make what is missing of an image; nothing when it is all cached. Raises InvalidInputError for requirements that
    can't be met, MeshrigError where pip can't install for another reason."""
    files = plan_tree(recipe, build.context)
    root = cache / "images" / f"{build.name}-{tree_hash(files)}"
    if not all((root / target.relative_to("/")).exists() for target in files):
        shutil.rmtree(root, ignore_errors=True)
        lay_out(files, root)
    requirements = {root / path.relative_to("/"): files[path] for path in recipe.requirements}
    venv, notes = _venv(build.name, recipe, requirements, cache, uv, say)
    env = {**recipe.env, "VIRTUAL_ENV": str(venv), "PATH": f"{venv / 'bin'}{os.pathsep}{os.environ.get('PATH', '')}"}
    workdir = root / recipe.workdir.relative_to("/")
    workdir.mkdir(parents=True, exist_ok=True)
    return PreparedImage(
        build.name, root, workdir, venv, env, recipe.entrypoint, recipe.command, (*recipe.not_honoured, *notes),
        recipe.file,
    )  # fmt: skip


def prune_images(cache: Path, keep: Mapping[str, PreparedImage]) -> None:
    """Remove file trees no image uses any more; virtual environments stay, being shared and costly."""
    kept = {image.root for image in keep.values()}
    folder = cache / "images"
    for tree in folder.iterdir() if folder.exists() else ():
        if tree not in kept:
            shutil.rmtree(tree, ignore_errors=True)


def _venv(
    name: str, recipe: Recipe, requirements: Mapping[Path, Path], cache: Path, uv: str, say: Callable[[str], None]
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
        if requirements or recipe.packages:
            _install(name, recipe, requirements, venv, uv)
        marker.write_text(note)
    note = marker.read_text()
    return venv, (f"{recipe.file}: {note}",) if note else ()


def _install(name: str, recipe: Recipe, requirements: Mapping[Path, Path], venv: Path, uv: str) -> None:
    files = [part for file in requirements for part in ("-r", str(file))]
    argv = [uv, "pip", "install", "--quiet", "--python", str(venv / "bin" / "python"), *files, *recipe.packages]
    try:
        shell.run(argv, what=f"installing the requirements of {name}", env=clean_environment())
    except CommandError as error:
        if not any(sign in error.output for sign in _WRONG_REQUIREMENTS):
            raise
        lines = [line.strip().removeprefix("error: ").removeprefix("cause: ") for line in error.output.splitlines()]
        reason = ": ".join(line for line in lines if line.strip("^ "))
        for laid_out, source in requirements.items():
            reason = reason.replace(str(laid_out), source.name)
        raise InvalidInputError([Problem(reason, _blamed(requirements, recipe, error.output))]) from error


def _blamed(requirements: Mapping[Path, Path], recipe: Recipe, output: str) -> Origin:
    """The last line of the requirement files that names a package which uv names too; else the first file."""
    found = Origin(next((os.path.relpath(source) for source in requirements.values()), recipe.file))
    for source in requirements.values():
        for number, line in enumerate(source.read_text(errors="replace").splitlines(), start=1):
            package = _PACKAGE.match(line)
            if package and re.search(rf"(?<![\w.-]){re.escape(package[0])}(?![\w-])", output, re.IGNORECASE):
                found = Origin(os.path.relpath(source), number)
    return found


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
