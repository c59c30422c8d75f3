"""``meshrig.yaml`` -> Project."""

import os
import re
from pathlib import Path

from meshrig.errors import InvalidInputError, Origin, Problem
from meshrig.located.fields import Fields, did_you_mean, raise_problems
from meshrig.located.yaml_nodes import Mapping, Scalar, Sequence, read_documents
from meshrig.model.project import ImageBuild, Project, Target

TARGETS = ("local", "kind", "aws")
# CloudFormation's and IAM's own rules (API references of CreateStack and of account ids).
_STACK_NAME = re.compile(r"[a-zA-Z][-a-zA-Z0-9]{0,127}")
_ACCOUNT = re.compile(r"\d{12}")
_REGION = re.compile(r"[a-z]{2,3}(-[a-z]+)+-\d")


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
        name=_filled(fields, "project"),
        root=root,
        template=_file(fields, "template", root),
        stack_name=_matching(stack, "name", _STACK_NAME, "a letter, then letters, digits and '-', at most 128"),
        region=_matching(stack, "region", _REGION, "a region such as us-east-1")
        if stack.has("region")
        else "us-east-1",
        targets=_targets(fields.fields("targets"), root),
        manifests=_paths(fields, "manifests", root),
        images=_images(fields.fields("images"), root),
        scenarios=_paths(fields, "scenarios", root),
        cluster_file=_file(kind, "cluster", root) if kind.has("cluster") else None,
    )
    kind.close()
    stack.close()
    fields.close()
    raise_problems(problems)
    return project


def _filled(fields: Fields, key: str) -> str:
    text = fields.text(key, required=True)
    node = fields.node(key)
    if isinstance(node, Scalar) and node.value == "":
        fields.problem("must not be empty", key)
    return text


def _matching(fields: Fields, key: str, pattern: re.Pattern[str], meaning: str) -> str:
    text = fields.text(key, required=True)
    if text and not pattern.fullmatch(text):
        fields.problem(f"{text!r} must be {meaning}", key)
    return text


def _file(fields: Fields, key: str, root: Path) -> Path:
    """A file that must be there; ``root`` itself stands for none, once the problem is noted."""
    text = _filled(fields, key)
    path = root / text
    if text and not os.path.isfile(path):
        fields.problem(f"{text} does not exist or is not a file", key, f"paths are relative to {root}")
    return path


def _folder(fields: Fields, key: str, root: Path) -> Path:
    text = _filled(fields, key)
    path = root / text
    if text and not os.path.isdir(path):
        fields.problem(f"{text} does not exist or is not a folder", key, f"paths are relative to {root}")
    return path


def _paths(fields: Fields, key: str, root: Path) -> tuple[Path, ...]:
    """A list of files and folders, all of which must be there."""
    found = []
    for index, text in enumerate(fields.texts(key)):
        found.append(root / text)
        if not os.path.exists(found[-1]):
            place = fields.items(key)[index].origin
            origin = Origin(place.file, place.line, f"{key}[{index}]")
            fields.problems.append(Problem(f"{text} does not exist", origin, f"paths are relative to {root}"))
    return tuple(found)


def _targets(fields: Fields, root: Path) -> dict[str, Target]:
    targets = {name: Target(name) for name in TARGETS}
    for name in fields.names():
        if name not in TARGETS:
            fields.problem("unknown target", name, did_you_mean(name, TARGETS))
            continue
        target = fields.fields(name)
        given: dict[str, tuple[str, Origin]] = {}
        if target.has("parameters"):
            given = _parameters(_file(target, "parameters", root), fields.problems)
        account = _matching(target, "account", _ACCOUNT, "12 digits") if target.has("account") else ""
        parameters = {key: value for key, (value, _) in given.items()}
        targets[name] = Target(name, parameters, account, {key: place for key, (_, place) in given.items()})
        target.close()
    return targets


def _parameters(path: Path, problems: list[Problem]) -> dict[str, tuple[str, Origin]]:
    """Values and their places, of the CloudFormation command line's format: a list of ParameterKey, ParameterValue."""
    if not os.path.isfile(path):
        return {}
    shown = os.path.relpath(path)
    try:
        documents = read_documents(path, shown)
    except InvalidInputError as error:
        problems.extend(error.problems)
        return {}
    if len(documents) != 1 or not isinstance(documents[0], Sequence):
        problems.append(Problem("must be a list of ParameterKey and ParameterValue", Origin(shown)))
        return {}
    found: dict[str, tuple[str, Origin]] = {}
    for index, item in enumerate(documents[0].items):
        entry = Fields(item, f"[{index}]", problems)
        key, value = _filled(entry, "ParameterKey"), entry.node("ParameterValue")
        # Of aws cloudformation's format, and without a meaning here: what a stack doesn't say keeps its value.
        entry.flag("UsePreviousValue"), entry.text("ResolvedValue")
        entry.close()
        if not isinstance(item, Mapping):
            continue
        if not isinstance(value, Scalar):
            entry.problem("must be a text" if value else "ParameterValue is missing", "ParameterValue" if value else "")
        elif key in found:
            entry.problem(f"{key} stands twice", "ParameterKey")
        else:
            found[key] = (_parameter_text(value), Origin(shown, value.origin.line, key))
    return found


def _parameter_text(node: Scalar) -> str:
    return str(node.value).lower() if isinstance(node.value, bool) else str(node.value)


def _images(fields: Fields, root: Path) -> dict[str, ImageBuild]:
    images = {}
    for name in fields.names():
        image = fields.fields(name)
        context = _folder(image, "context", root)
        # Whether the Dockerfile is there is told where it is read, with what it should hold.
        dockerfile = root / image.text("dockerfile", str(context / "Dockerfile"))
        images[name] = ImageBuild(name, context, dockerfile, image.text("repository"), image.place("dockerfile"))
        image.close()
    return images
