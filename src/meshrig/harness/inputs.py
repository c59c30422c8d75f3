"""Read and check everything the user wrote, before anything starts."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from meshrig.compile.ingress.ingress_class import find_ingress_problems
from meshrig.errors import InvalidInputError, Origin, Problem
from meshrig.located.fields import closest, did_you_mean
from meshrig.model.kubernetes import INGRESS_CLASS_ANNOTATION, ManifestSet
from meshrig.model.project import Project
from meshrig.read.manifests import read_manifests
from meshrig.read.project import read_project
from meshrig.read.template import Template, validate_template
from meshrig.runtime.process.pods import check_images, check_names
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
    given = project.targets[target]
    template = _collect(problems, lambda: validate_template(project.template, given.parameters, places=given.places))
    manifests = _collect(problems, lambda: read_manifests(project.manifests))
    if manifests and not builds_images:
        _collect(problems, lambda: check_images(manifests, project.images))
        _collect(problems, lambda: check_names(manifests))
    recipes = {}
    for name, build in project.images.items():
        if builds_images:
            _collect(problems, lambda build=build: require_dockerfile(build, project.root))  # type: ignore[misc]
            continue
        recipe = _collect(problems, lambda build=build: check_image(build, project.root))  # type: ignore[misc]
        if recipe:
            recipes[name] = recipe
    if template:
        problems.extend(_check_repositories(project, template))
    if manifests:
        problems.extend(_check_ingresses(manifests))
    if problems or template is None or manifests is None:
        raise InvalidInputError(problems)
    return Inputs(project, template, manifests, recipes)


def _check_repositories(project: Project, template: Template) -> Iterator[Problem]:
    """Where an image is pushed to: the logical id of an ECR repository."""
    known = [name for name, resource in template.resources.items() if resource.type == "AWS::ECR::Repository"]
    for build in project.images.values():
        if build.repository and build.repository not in known:
            message = f"{build.repository} is not an AWS::ECR::Repository of the template"
            origin = Origin(build.origin.file, build.origin.line, f"images.{build.name}.repository")
            yield Problem(message, origin, did_you_mean(build.repository, known))


def _check_ingresses(manifests: ManifestSet) -> Iterator[Problem]:
    """Ingresses of the classes that pods here serve, and of one that is a misspelling of such a class."""
    annotations = [deployment.template.annotations for deployment in manifests.deployments]
    served = {found[INGRESS_CLASS_ANNOTATION] for found in annotations if INGRESS_CLASS_ANNOTATION in found}
    for name in sorted(served):
        yield from find_ingress_problems(manifests, name)
    for ingress in manifests.ingresses:
        if ingress.class_name not in served and (meant := closest(ingress.class_name, served)):
            origin = ingress.origin.child("spec.ingressClassName")
            yield Problem(f"no pod serves the class {ingress.class_name}", origin, f"did you mean {meant}?")


def _collect[T](problems: list[Problem], step: Callable[[], T]) -> T | None:
    try:
        return step()
    except InvalidInputError as error:
        problems.extend(error.problems)
        return None
