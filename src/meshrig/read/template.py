"""A CloudFormation template's text, checked as far as that goes without AWS."""

import os
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from meshrig.errors import InvalidInputError, Origin, Problem
from meshrig.located.fields import Fields, did_you_mean, raise_problems
from meshrig.located.yaml_nodes import Mapping as MappingNode
from meshrig.located.yaml_nodes import Node, Scalar, Sequence, plain, read_documents

SECTIONS = (
    "AWSTemplateFormatVersion", "Description", "Metadata", "Parameters", "Rules", "Mappings", "Conditions", "Transform",
    "Resources", "Outputs",
)  # fmt: skip
ATTRIBUTES = (
    "Type", "Properties", "Condition", "DependsOn", "Metadata", "CreationPolicy", "DeletionPolicy", "UpdatePolicy",
    "UpdateReplacePolicy",
)  # fmt: skip
INTRINSICS = frozenset(
    ("Ref", "Condition", "Fn::And", "Fn::Base64", "Fn::Cidr", "Fn::Contains", "Fn::EachMemberEquals",
     "Fn::EachMemberIn", "Fn::Equals", "Fn::FindInMap", "Fn::ForEach", "Fn::GetAZs", "Fn::GetAtt", "Fn::If",
     "Fn::ImportValue", "Fn::Join", "Fn::Length", "Fn::Not", "Fn::Or", "Fn::RefAll", "Fn::Select", "Fn::Split",
     "Fn::Sub", "Fn::ToJsonString", "Fn::Transform", "Fn::ValueOf", "Fn::ValueOfAll")
)  # fmt: skip
_SUBSTITUTION = re.compile(r"\$\{([^!][^}]*)\}")


@dataclass(frozen=True)
class TemplateResource:
    type: str
    origin: Origin


@dataclass(frozen=True)
class Template:
    """``text`` as written; ``resources`` by logical id; ``parameters`` are the names it declares."""

    name: str
    text: str
    resources: Mapping[str, TemplateResource]
    parameters: tuple[str, ...]


def validate_template(path: Path, parameters: Mapping[str, str], shown: str = "") -> Template:
    """Check sections, types, references and parameter values. Raises InvalidInputError with every problem.

    ``shown`` is the file's name in messages, where ``path`` is not the user's own.
    """
    shown = shown or os.path.relpath(path)
    documents = read_documents(path, shown)
    problems: list[Problem] = []
    if len(documents) != 1:
        raise InvalidInputError([Problem("a template is one YAML or JSON document", Origin(shown))])
    root = Fields(documents[0], "", problems)
    declared = root.fields("Parameters")
    _check_parameters(declared, parameters, shown)
    resources = root.fields("Resources", required=True)
    for section in SECTIONS:
        root.node(section)
    root.close()
    found = {name: _check_resource(resources.fields(name)) for name in resources.names()}
    names = _Names(frozenset(found), frozenset(declared.names()), frozenset(root.fields("Conditions").names()))
    for section in ("Conditions", "Resources", "Outputs"):
        node = root.node(section)
        if isinstance(node, MappingNode):
            for logical_id, part in node.values.items():
                problems.extend(_check_references(part, names, logical_id))
    raise_problems(problems)
    return Template(path.name, path.read_text(), found, declared.names())


@dataclass(frozen=True)
class _Names:
    resources: frozenset[str]
    parameters: frozenset[str]
    conditions: frozenset[str]


def _check_parameters(declared: Fields, given: Mapping[str, str], file: str) -> None:
    for name in given:
        if name not in declared.names():
            hint = did_you_mean(name, declared.names())
            declared.problems.append(Problem(f"parameter {name} is given but not declared", Origin(file), hint))
    for name in declared.names():
        parameter = declared.fields(name)
        parameter.text("Type", required=True)
        if name in given:
            _check_value(parameter, given[name])
        elif parameter.node("Default") is None:
            parameter.problem("has no default and no value is given", hint="set it in the target's parameter file")


def _check_value(parameter: Fields, value: str) -> None:
    allowed = [str(plain(item)) for item in parameter.items("AllowedValues")]
    if allowed and value not in allowed:
        parameter.problem(f"{value!r} is not an allowed value", hint=f"allowed: {', '.join(allowed)}")
    pattern = parameter.text("AllowedPattern")
    try:
        if pattern and not re.fullmatch(pattern, value):
            parameter.problem(f"{value!r} does not match {pattern}")
    except re.error as error:
        parameter.problem(f"is not a regular expression: {error}", "AllowedPattern")


def _check_resource(resource: Fields) -> TemplateResource:
    resource.subject = resource.subject.removeprefix(".Resources.")
    for attribute in ATTRIBUTES:
        resource.node(attribute)
    type_name = resource.text("Type", required=True)
    resource.close()
    return TemplateResource(type_name, resource.place())


def _check_references(node: Node, names: _Names, subject: str) -> Iterator[Problem]:
    if isinstance(node, Sequence):
        for index, item in enumerate(node.items):
            yield from _check_references(item, names, f"{subject}[{index}]")
    if not isinstance(node, MappingNode):
        return
    for key, value in node.values.items():
        origin = Origin(node.keys[key].file, node.keys[key].line, subject)
        if key.startswith("Fn::") and key not in INTRINSICS:
            yield Problem(f"unknown function {key}", origin, did_you_mean(key, INTRINSICS))
        yield from _check_one(key, value, names, origin)
        yield from _check_references(value, names, subject if key in INTRINSICS else f"{subject}.{key}")


def _check_one(key: str, value: Node, names: _Names, origin: Origin) -> Iterator[Problem]:
    text = value.value if isinstance(value, Scalar) else None
    if key == "Ref" and isinstance(text, str):
        yield from _undefined(text, names.resources | names.parameters, origin, "Ref to")
    elif key == "Fn::GetAtt" and isinstance(value, Sequence) and value.items:
        first = plain(value.items[0])
        if isinstance(first, str):
            yield from _undefined(first, names.resources, origin, "GetAtt of")
    elif key == "DependsOn":
        for target in value.items if isinstance(value, Sequence) else (value,):
            yield from _undefined(str(plain(target)), names.resources, origin, "DependsOn")
    elif key == "Condition" and isinstance(text, str):
        yield from _undefined(text, names.conditions, origin, "condition")
    elif key == "Fn::If" and isinstance(value, Sequence) and value.items:
        yield from _undefined(str(plain(value.items[0])), names.conditions, origin, "condition")
    elif key == "Fn::Sub":
        yield from _check_sub(value, names, origin)


def _check_sub(value: Node, names: _Names, origin: Origin) -> Iterator[Problem]:
    template, own = value, frozenset[str]()
    if isinstance(value, Sequence) and value.items:
        template = value.items[0]
        given = value.items[1] if len(value.items) > 1 else None
        own = frozenset(given.values) if isinstance(given, MappingNode) else own
    text = plain(template)
    for name in _SUBSTITUTION.findall(text) if isinstance(text, str) else ():
        known = names.resources if "." in name else names.resources | names.parameters
        yield from _undefined(name.strip().split(".")[0], known | own, origin, "Sub of")


def _undefined(name: str, known: frozenset[str], origin: Origin, what: str) -> Iterator[Problem]:
    if name not in known and not name.startswith("AWS::"):
        yield Problem(f"{what} undefined {name}", origin, did_you_mean(name, known))
