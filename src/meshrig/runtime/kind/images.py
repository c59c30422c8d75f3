"""Build images, push them to ECR, and know them by digest."""

import hashlib
import json
import os
import stat
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

from meshrig.errors import MeshrigError
from meshrig.shell import CommandError, Run

_TAG_LENGTH = 12
_CACHES = ("__pycache__", ".pytest_cache", ".venv", ".mypy_cache", ".ruff_cache", ".hypothesis")
# One plain manifest, as from engines of old: attestations would make an index of it, whose digest no two builds share.
# Source: Docker, "Build variables", BUILDX_NO_DEFAULT_ATTESTATIONS.
_PLAIN = {"BUILDX_NO_DEFAULT_ATTESTATIONS": "1"}


@dataclass(frozen=True)
class Build:
    """One ``docker build``."""

    context: Path
    dockerfile: Path


def source_tag(run: Run, build: Build) -> str:
    """A tag that changes with what the image is made of: git's hash of the context, or of its files where git doesn't
    know them as they are (tags are immutable, so one must never stand for two contents)."""
    inside = build.dockerfile.resolve().is_relative_to(build.context.resolve())
    if inside and (tree := _git_tree(run, build.context)):
        return tree[:_TAG_LENGTH]
    return f"dirty-{content_hash([build.context, *(() if inside else (build.dockerfile,))])}"


def content_hash(paths: Iterable[Path]) -> str:
    """A hash of the files' names, contents and modes, caches left out. Raises MeshrigError for what can't be read."""
    digest = hashlib.sha256()
    try:
        for path in paths:
            for file in _files(path):
                name = file.relative_to(path.parent).as_posix()
                executable = file.stat().st_mode & stat.S_IXUSR
                digest.update(hashlib.sha256(f"{name} {bool(executable)}".encode()).digest())
                digest.update(hashlib.sha256(file.read_bytes()).digest())
    except OSError as error:
        raise MeshrigError(f"cannot read {error.filename}: {error.strerror}") from error
    return digest.hexdigest()[:_TAG_LENGTH]


def _git_tree(run: Run, folder: Path) -> str:
    """git's hash of the folder; empty where it has changes that git doesn't know, or no git at all."""
    try:
        if run(["git", "status", "--porcelain", "--", "."], what="asking git", cwd=folder).strip():
            return ""
        return run(["git", "rev-parse", "HEAD:./"], what="asking git", cwd=folder).strip()
    except CommandError:
        return ""


def _files(path: Path) -> list[Path]:
    if path.is_file():
        return [path]
    return sorted(file for file in path.rglob("*") if file.is_file() and _counts(file.relative_to(path)))


def _counts(file: Path) -> bool:
    return not any(part in _CACHES for part in file.parts) and file.suffix != ".pyc"


def has_image(run: Run, reference: str) -> bool:
    try:
        run(["docker", "image", "inspect", reference], what="looking for an image")
    except CommandError:
        return False
    return True


def build_image(run: Run, build: Build, reference: str, name: str) -> None:
    """Raises CommandError with the end of what the build printed."""
    argv = ["docker", "build", "--quiet", "--file", str(build.dockerfile), "--tag", reference]
    argv += ["--label", "io.meshrig.built=true", str(build.context)]
    run(argv, what=f"building image {name}", env={**os.environ, **_PLAIN})


@dataclass(frozen=True)
class EcrLogin:
    """A Docker configuration of our own that is logged in, so that the user's stays as it is."""

    run: Run
    folder: Path
    environment: Mapping[str, str]

    def login(self, host: str, password: str) -> None:
        self.folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        argv = ["docker", "login", "--username", "AWS", "--password-stdin", host]
        self.run(argv, what=f"logging in to {host}", env=self._env(), stdin=password)

    def push(self, reference: str) -> None:
        self.run(["docker", "push", "--quiet", reference], what=f"pushing {reference}", env=self._env())

    def _env(self) -> dict[str, str]:
        return {**self.environment, "DOCKER_CONFIG": str(self.folder)}


def remove_images(run: Run, references: Iterable[str]) -> None:
    """Untag, and delete what nothing else uses; quiet about what is not there."""
    for reference in references:
        if has_image(run, reference):
            run(["docker", "image", "rm", "--force", reference], what=f"removing {reference}")


def repository_tags(run: Run, prefix: str) -> tuple[str, ...]:
    """Every local ``repository:tag`` that begins with ``prefix``."""
    text = run(["docker", "image", "ls", "--format", "{{json .}}"], what="listing images")
    entries = [json.loads(line) for line in text.splitlines()]
    found = (f"{entry['Repository']}:{entry['Tag']}" for entry in entries)
    return tuple(sorted(reference for reference in found if reference.startswith(prefix)))
