"""A CloudFormation template's text, checked as far as that goes without AWS."""

import os
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from meshrig.errors import InvalidInputError, Origin, Problem
from meshrig.located.fields import Fields, did_you_mean, raise_problems
from meshrig.located.yaml_nodes import Mapping as MappingNode
from meshrig.located.yaml_nodes import Scalar, Sequence, parse_documents, plain, read_text
from meshrig.read.cloudformation.cycles import find_cycle
from meshrig.read.cloudformation.parameters import check_parameters
from meshrig.read.cloudformation.references import Reference, find_references

_SECTIONS = (
    "AWSTemplateFormatVersion", "Conditions", "Description", "Mappings", "Metadata", "Outputs", "Parameters",
    "Resources", "Rules", "Transform",
)  # fmt: skip
_ATTRIBUTES = (
    "Condition", "CreationPolicy", "DeletionPolicy", "DependsOn", "Metadata", "Properties", "Type", "UpdatePolicy",
    "UpdateReplacePolicy",
)  # fmt: skip
_PSEUDO_PARAMETERS = frozenset(
    ("AWS::AccountId", "AWS::NoValue", "AWS::NotificationARNs", "AWS::Partition", "AWS::Region", "AWS::StackId",
     "AWS::StackName", "AWS::URLSuffix")
)  # fmt: skip
_LOGICAL_ID = re.compile(r"[A-Za-z0-9]{1,255}")
_TYPE = re.compile(r"[A-Za-z0-9]{2,64}::[A-Za-z0-9]{2,64}::[A-Za-z0-9]{2,64}(::MODULE)?|Custom::[\w@-]{1,60}")
# How a message about a name that isn't defined begins, by the kind of reference.
_UNDEFINED = {"Ref": "Ref to", "GetAtt": "GetAtt of", "Sub": "Sub of", "DependsOn": "DependsOn",
              "condition": "condition", "mapping": "FindInMap of"}  # fmt: skip
_OF_RESOURCES = frozenset(("Ref", "GetAtt", "Sub", "DependsOn"))
_VERSION = "2010-09-09"
_OUTPUT_FIELDS = ("Condition", "Description", "Export", "Value")


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


def validate_template(
    path: Path, parameters: Mapping[str, str], shown: str = "", places: Mapping[str, Origin] | None = None
) -> Template:
    """Check sections, types, references and parameter values. Raises InvalidInputError with every problem.

    ``shown`` is the file's name in messages, where ``path`` is not the user's own; ``places``: where the values of
    parameters were given.
    """
    shown = shown or os.path.relpath(path)
    text = read_text(path, shown)
    checking = _Checking.of(text, shown)
    root, problems = checking.root, checking.root.problems
    for section in _SECTIONS:
        root.node(section)
    root.close()
    if root.has("AWSTemplateFormatVersion") and plain(root.node("AWSTemplateFormatVersion")) != _VERSION:
        root.problem(f"must be '{_VERSION}'", "AWSTemplateFormatVersion")
    check_parameters(checking.parameters, parameters, places or {}, checking.file)
    resources = checking.check_resources()
    checking.check_conditions_and_outputs()
    raise_problems(problems)
    return Template(path.name, text, resources, checking.parameters.names())


@dataclass(frozen=True)
class _Checking:
    file: str
    root: Fields
    resources: Fields
    parameters: Fields
    conditions: Fields
    mappings: Fields
    outputs: Fields

    @classmethod
    def of(cls, text: str, file: str) -> "_Checking":
        documents = parse_documents(text, file)
        if len(documents) != 1 or not isinstance(documents[0], MappingNode):
            raise InvalidInputError([Problem("a template is one YAML or JSON mapping", Origin(file))])
        root = Fields(documents[0], "", [])
        sections = (root.fields(n) for n in ("Parameters", "Conditions", "Mappings", "Outputs"))
        return cls(file, root, root.fields("Resources", required=True), *sections)

    def check_resources(self) -> dict[str, TemplateResource]:
        resources, needs = {}, {}
        if self.root.has("Resources") and not self.resources.names():
            self.root.problem("must hold at least one resource", "Resources")
        for name in self.resources.names():
            fields = self.resources.fields(name)
            _check_attributes(name, fields)
            place = self.resources.place(name)
            resources[name] = TemplateResource(fields.text("Type"), Origin(place.file, place.line, name))
            references = [*_attribute_references(fields), *self._properties(name, fields)]
            self._check(references, self._resource_names() | self._parameter_names())
            needs[name] = {r.name for r in references if r.kind != "condition"} & self._resource_names()
        if circle := find_cycle(needs):
            problem = Problem(f"resources wait for each other: {' -> '.join(circle)}", resources[circle[0]].origin)
            self.root.problems.append(problem)
        return resources

    def check_conditions_and_outputs(self) -> None:
        conditions = self.conditions
        for name in conditions.names():
            found = find_references(conditions.node(name), f"Conditions.{name}", in_conditions=True)
            self.root.problems.extend(found.problems)
            self._check(found.references, self._parameter_names())
        for name in self.outputs.names():
            output = self.outputs.fields(name)
            output.subject = f"Outputs.{name}"
            for key in _OUTPUT_FIELDS:
                output.node(key)
            output.close()
            if not output.has("Value"):
                output.problem("Value is missing")
            found = find_references(self.outputs.node(name), output.subject)
            self.root.problems.extend(found.problems)
            references = [*_attribute_references(output), *found.references]
            self._check(references, self._resource_names() | self._parameter_names())

    def _properties(self, name: str, fields: Fields) -> list[Reference]:
        references = []
        for key in ("Properties", "Metadata", "CreationPolicy", "UpdatePolicy"):
            found = find_references(fields.node(key), f"{name}.{key}")
            self.root.problems.extend(found.problems)
            references.extend(found.references)
        return references

    def _resource_names(self) -> frozenset[str]:
        return frozenset(self.resources.names())

    def _parameter_names(self) -> frozenset[str]:
        return frozenset(self.parameters.names())

    def _check(self, references: list[Reference], values: frozenset[str]) -> None:
        for reference in references:
            known = {
                "condition": frozenset(self.conditions.names()),
                "mapping": frozenset(self.mappings.names()),
                "GetAtt": self._resource_names(),
                "DependsOn": self._resource_names(),
                "Sub": self._resource_names() if reference.attribute else values | _PSEUDO_PARAMETERS,
            }.get(reference.kind, values | _PSEUDO_PARAMETERS)
            # A macro may add resources of its own, so with one only CloudFormation can tell; and where the section
            # itself is missing or misspelt, that is the one problem to name.
            told = self.root.has("Transform") or (reference.kind in _OF_RESOURCES and not self.resources.names())
            if reference.name not in known and not told:
                message = f"{_UNDEFINED[reference.kind]} undefined {reference.name}"
                self.root.problems.append(Problem(message, reference.origin, did_you_mean(reference.name, known)))


def _check_attributes(name: str, fields: Fields) -> None:
    fields.subject = name
    if not _LOGICAL_ID.fullmatch(name) and not name.startswith("Fn::"):
        fields.problem("a logical id is made of letters and digits")
    type_name = fields.text("Type", required=not name.startswith("Fn::"))
    if type_name and not _TYPE.fullmatch(type_name):
        fields.problem(f"{type_name} is not the name of a type", "Type", "such as AWS::EC2::VPC")
    for attribute in _ATTRIBUTES:
        fields.node(attribute)
    fields.fields("Properties")
    if not name.startswith("Fn::"):
        fields.close()


def _attribute_references(fields: Fields) -> Iterator[Reference]:
    """What a resource's or output's own Condition and DependsOn name."""
    for key, kind in (("Condition", "condition"), ("DependsOn", "DependsOn")):
        node = fields.node(key)
        for item in node.items if isinstance(node, Sequence) else (node,) if node else ():
            if isinstance(item, Scalar) and isinstance(item.value, str):
                yield Reference(kind, item.value, Origin(item.origin.file, item.origin.line, fields.subject))
            else:
                fields.problem("must be a name" if key == "Condition" else "must be a logical id or a list", key)
