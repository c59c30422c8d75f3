"""``meshrig.yaml`` -> Project."""

import json
import os
from pathlib import Path

from meshrig.errors import InvalidInputError, Origin, Problem
from meshrig.located.fields import Fields, raise_problems
from meshrig.located.yaml_nodes import read_documents
from meshrig.model.project import ImageBuild, Project, Target


def read_project(path: Path) -> Project:
    """Raises InvalidInputError with every problem of the file and of the parameter files it names."""
    shown = os.path.relpath(path)
    if not path.is_file():
        hint = "run meshrig in the project's folder, or name the file with -f"
        raise InvalidInputError([Problem("no such file", Origin(shown), hint)])
    documents = read_documents(path, shown)
    if len(documents) != 1:
        raise InvalidInputError([Problem("must hold one YAML document", Origin(shown))])
    problems: list[Problem] = []
    root = path.parent.resolve()
    fields = Fields(documents[0], "", problems)
    stack = fields.fields("stack", required=True)
    kind = fields.fields("kind")
    project = Project(
        name=fields.text("project", required=True),
        root=root,
        template=_existing(fields, "template", root),
        stack_name=stack.text("name", required=True),
        region=stack.text("region", "us-east-1"),
        targets=_targets(fields.fields("targets"), root),
        manifests=tuple(_path(fields, "manifests", text, root) for text in fields.texts("manifests")),
        images=_images(fields.fields("images"), root),
        scenarios=tuple(_path(fields, "scenarios", text, root) for text in fields.texts("scenarios")),
        cluster_file=_existing(kind, "cluster", root) if kind.has("cluster") else None,
    )
    kind.close()
    stack.close()
    fields.close()
    raise_problems(problems)
    return project


def _existing(fields: Fields, key: str, root: Path) -> Path:
    text = fields.text(key, required=True)
    return _path(fields, key, text, root) if text else root


def _path(fields: Fields, key: str, text: str, root: Path) -> Path:
    path = root / text
    if not path.exists():
        fields.problem(f"{text} does not exist", key, f"paths are relative to {root}")
    return path


def _targets(fields: Fields, root: Path) -> dict[str, Target]:
    targets = {"local": Target("local"), "aws": Target("aws")}
    for name in fields.names():
        target = fields.fields(name)
        parameters: dict[str, str] = {}
        if target.has("parameters"):
            parameters = _parameters(target, _existing(target, "parameters", root))
        targets[name] = Target(name, parameters, target.text("account"))
        target.close()
    return targets


def _parameters(target: Fields, path: Path) -> dict[str, str]:
    """CloudFormation's own format: a list of ParameterKey and ParameterValue."""
    if not path.is_file():
        return {}
    try:
        entries = json.loads(path.read_text())
        return {str(entry["ParameterKey"]): str(entry["ParameterValue"]) for entry in entries}
    except (ValueError, KeyError, TypeError) as error:
        message = f"{path.name} is not a list of ParameterKey and ParameterValue: {error}"
        target.problem(message, "parameters")
        return {}


def _images(fields: Fields, root: Path) -> dict[str, ImageBuild]:
    images = {}
    for name in fields.names():
        image = fields.fields(name)
        context = _existing(image, "context", root)
        dockerfile = root / image.text("dockerfile", str(context / "Dockerfile"))
        images[name] = ImageBuild(name, context, dockerfile, image.text("repository"), image.place("dockerfile"))
        image.close()
    return images
