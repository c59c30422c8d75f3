"""Read and check everything the user wrote, before anything starts."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from meshrig.errors import InvalidInputError, Problem
from meshrig.model.kubernetes import ManifestSet
from meshrig.model.project import Project
from meshrig.read.manifests import read_manifests
from meshrig.read.project import read_project
from meshrig.read.template import Template, validate_template
from meshrig.runtime.process.pods import check_images
from meshrig.runtime.recipe.interpret import Recipe
from meshrig.runtime.recipe.prepare import check_image, require_dockerfile


@dataclass(frozen=True)
class Inputs:
    """A project whose files are all readable and consistent in themselves."""

    project: Project
    template: Template
    manifests: ManifestSet
    recipes: dict[str, Recipe]


def read_inputs(project_file: Path, target: str = "local", *, builds_images: bool = False) -> Inputs:
    """Raises InvalidInputError with the problems of all files together.

    ``builds_images``: Docker builds the images and the cluster pulls others, so no recipe is read of a Dockerfile.
    """
    project = read_project(project_file)
    problems: list[Problem] = []
    template = _collect(problems, lambda: validate_template(project.template, project.targets[target].parameters))
    manifests = _collect(problems, lambda: read_manifests(project.manifests))
    if manifests and not builds_images:
        _collect(problems, lambda: check_images(manifests, project.images))
    recipes = {}
    for name, build in project.images.items():
        if builds_images:
            _collect(problems, lambda build=build: require_dockerfile(build, project.root))  # type: ignore[misc]
            continue
        recipe = _collect(problems, lambda build=build: check_image(build, project.root))  # type: ignore[misc]
        if recipe:
            recipes[name] = recipe
    if problems or template is None or manifests is None:
        raise InvalidInputError(problems)
    return Inputs(project, template, manifests, recipes)


def _collect[T](problems: list[Problem], step: Callable[[], T]) -> T | None:
    try:
        return step()
    except InvalidInputError as error:
        problems.extend(error.problems)
        return None
