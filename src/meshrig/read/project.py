"""``meshrig.yaml`` -> Project."""

import os
import re
from pathlib import Path

from meshrig.errors import InvalidInputError, Origin, Problem
from meshrig.located.fields import Fields, did_you_mean, raise_problems
from meshrig.located.yaml_nodes import Scalar, Sequence, read_documents
from meshrig.model.project import ImageBuild, Project, Target

TARGETS = ("local", "kind", "aws")
# CloudFormation's and IAM's own rules (API references of CreateStack and of account ids).
_STACK_NAME = re.compile(r"[a-zA-Z][-a-zA-Z0-9]{0,127}")
_ACCOUNT = re.compile(r"\d{12}")


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
    project = Project(
        name=_filled(fields, "project"),
        root=root,
        template=_file(fields, "template", root),
        stack_name=_matching(stack, "name", _STACK_NAME, "a letter, then letters, digits and '-', at most 128"),
        region=stack.text("region", "us-east-1"),
        targets=_targets(fields.fields("targets"), root),
        manifests=_paths(fields, "manifests", root),
        images=_images(fields.fields("images"), root),
        scenarios=_paths(fields, "scenarios", root),
    )
    stack.close()
    fields.close()
    raise_problems(problems)
    return project


def _filled(fields: Fields, key: str) -> str:
    text = fields.text(key, required=True)
    if fields.has(key) and not text:
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
        parameters: dict[str, str] = {}
        if target.has("parameters"):
            parameters = _parameters(_file(target, "parameters", root), fields.problems)
        account = _matching(target, "account", _ACCOUNT, "12 digits") if target.has("account") else ""
        targets[name] = Target(name, parameters, account)
        target.close()
    return targets


def _parameters(path: Path, problems: list[Problem]) -> dict[str, str]:
    """The CloudFormation command line's own format: a list of ParameterKey and ParameterValue."""
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
    found: dict[str, str] = {}
    for index, item in enumerate(documents[0].items):
        entry = Fields(item, f"[{index}]", problems)
        key, value = _filled(entry, "ParameterKey"), entry.node("ParameterValue")
        entry.close()
        if not isinstance(value, Scalar):
            entry.problem("ParameterValue must be a text", "ParameterValue" if value else "")
        elif key in found:
            entry.problem(f"{key} stands twice", "ParameterKey")
        else:
            found[key] = _parameter_text(value)
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
