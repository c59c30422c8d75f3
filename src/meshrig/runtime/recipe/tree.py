"""Lay out the files of an image: what its COPY instructions bring from the build context."""

import fnmatch
import hashlib
import os
import shutil
from collections.abc import Iterator
from pathlib import Path, PurePosixPath

from meshrig.errors import InvalidInputError, Origin, Problem
from meshrig.located.yaml_nodes import read_text
from meshrig.runtime.recipe.interpret import CopyStep, Recipe

_ALWAYS_IGNORED = ("**/__pycache__", "**/*.pyc")


def plan_tree(recipe: Recipe, context: Path) -> dict[PurePosixPath, Path]:
    """Image path -> file of the build context, in COPY order (later wins).

    Raises InvalidInputError naming every COPY source that doesn't exist.
    """
    ignored = _ignore_patterns(context)
    files: dict[PurePosixPath, Path] = {}
    problems = []
    for step in recipe.copies:
        for source in step.sources:
            found = list(_copied(step, source, context, ignored))
            if not found:
                origin = Origin(recipe.file, step.line)
                hint = f"sources are relative to {context}"
                problems.append(Problem(f"COPY: nothing matches {source} in the build context", origin, hint))
            files.update(found)
    if problems:
        raise InvalidInputError(problems)
    return files


def tree_hash(files: dict[PurePosixPath, Path]) -> str:
    """Changes with any path or content."""
    digest = hashlib.sha256()
    for target, source in sorted(files.items()):
        digest.update(f"{target}\0".encode() + source.read_bytes() + b"\0")
    return digest.hexdigest()[:12]


def lay_out(files: dict[PurePosixPath, Path], root: Path) -> None:
    """Copy ``files`` below ``root``, which appears complete or not at all."""
    building = root.with_name(f".{root.name}.building")
    shutil.rmtree(building, ignore_errors=True)
    for target, source in files.items():
        destination = building / target.relative_to("/")
        destination.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy2(source, destination)
    building.mkdir(parents=True, exist_ok=True)
    building.replace(root)


def _copied(
    step: CopyStep, source: str, context: Path, ignored: tuple[str, ...]
) -> Iterator[tuple[PurePosixPath, Path]]:
    for match in sorted(context.glob(source.strip("/") or "*")) if source not in {".", "./"} else [context]:
        if match.is_file():
            if not _is_ignored(match.relative_to(context), ignored):
                yield (step.target / match.name if step.into_folder else step.target), match
            continue
        for file in sorted(path for path in match.rglob("*") if path.is_file()):
            if not _is_ignored(file.relative_to(context), ignored):
                yield step.target / PurePosixPath(file.relative_to(match)), file


def _ignore_patterns(context: Path) -> tuple[str, ...]:
    file = context / ".dockerignore"
    lines = read_text(file, os.path.relpath(file)).splitlines() if file.exists() else []
    own = [line.strip().strip("/") for line in lines if line.strip() and not line.startswith("#")]
    return (*own, *_ALWAYS_IGNORED)


def _is_ignored(path: Path, patterns: tuple[str, ...]) -> bool:
    """.dockerignore: the last matching pattern decides, ``!`` brings a path back."""
    ignored = False
    names = [str(path), *(str(parent) for parent in path.parents if str(parent) != ".")]
    for pattern in patterns:
        bare = pattern.removeprefix("!").removeprefix("**/")
        anywhere = pattern.removeprefix("!").startswith("**/")
        candidates = [*names, *path.parts] if anywhere else names
        if any(fnmatch.fnmatchcase(name, bare) for name in candidates):
            ignored = not pattern.startswith("!")
    return ignored
