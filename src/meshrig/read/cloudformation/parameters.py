"""A template's parameters and the values given for them (CloudFormation user guide, "Parameters")."""

import re
from collections.abc import Iterator, Mapping

from meshrig.errors import Origin, Problem
from meshrig.located.fields import Fields, did_you_mean
from meshrig.located.yaml_nodes import Scalar, Sequence

_BASIC_TYPES = ("String", "Number", "List<Number>", "CommaDelimitedList", "List<String>")
# Types whose values AWS looks up: AWS::EC2::KeyPair::KeyName, List<AWS::EC2::Subnet::Id>, AWS::SSM::Parameter::...
_AWS_TYPE = re.compile(r"(List<)?AWS::(EC2|Route53|SSM)::[A-Za-z:]+(<.+>)?>?")
_NUMERIC = frozenset({"Number", "List<Number>"})
_PROPERTIES = (
    "Type", "Default", "AllowedValues", "AllowedPattern", "ConstraintDescription", "Description", "MaxLength",
    "MaxValue", "MinLength", "MinValue", "NoEcho",
)  # fmt: skip


def check_parameters(declared: Fields, given: Mapping[str, str], places: Mapping[str, Origin], file: str) -> None:
    """Each value given or defaulted against its declaration; problems go where ``declared`` puts them.

    ``places``: where each value was given, as far as that is known; else the declaration, in ``file``, is named.
    """
    for name in given:
        if name not in declared.names():
            hint, place = did_you_mean(name, declared.names()), places.get(name) or Origin(file)
            declared.problems.append(Problem(f"parameter {name} is given but not declared", place, hint))
    for name in declared.names():
        _check_parameter(declared.fields(name), given.get(name), places.get(name))


def _check_parameter(parameter: Fields, given: str | None, place: Origin | None) -> None:
    type_name = parameter.text("Type", required=True)
    if type_name and type_name not in _BASIC_TYPES and not _AWS_TYPE.fullmatch(type_name):
        parameter.problem(f"unknown type {type_name}", "Type", did_you_mean(type_name, _BASIC_TYPES))
    default = parameter.node("Default")
    for name in _PROPERTIES:
        parameter.node(name)
    parameter.close()
    if given is None and default is None:
        parameter.problem("has no default and no value is given", hint="set it in the target's parameter file")
    elif given is None and not isinstance(default, Scalar):
        parameter.problem("must be one text or number", "Default", "lists are written as one text, with commas")
    else:
        value = given if given is not None else _text(default)
        hint = parameter.text("ConstraintDescription")
        origin = place or parameter.place("" if given is not None else "Default")
        parameter.problems.extend(Problem(text, origin, hint) for text in _violations(parameter, type_name, value))


def _violations(parameter: Fields, type_name: str, value: str) -> Iterator[str]:
    is_list = type_name.startswith("List<") or type_name == "CommaDelimitedList"
    # The value of a NoEcho parameter is a secret.
    secret = _text(parameter.node("NoEcho")).lower() == "true"
    allowed = [_text(item) for item in parameter.items("AllowedValues")]
    for part in (piece.strip() for piece in value.split(",")) if is_list else (value,):
        shown = "the value" if secret else repr(part)
        if type_name in _NUMERIC and _number(part) is None:
            yield f"{shown} is not a number"
        if allowed and part not in allowed:
            yield f"{shown} is not an allowed value (allowed: {', '.join(allowed)})"
        if not _matches(parameter.text("AllowedPattern"), part):
            yield f"{shown} does not match {parameter.text('AllowedPattern')}"
        yield from _out_of_bounds(parameter, type_name, part, shown)


def _out_of_bounds(parameter: Fields, type_name: str, value: str, shown: str) -> Iterator[str]:
    size, what = (_number(value), "Value") if type_name in _NUMERIC else (float(len(value)), "Length")
    least, most = (_number(_text(parameter.node(f"{bound}{what}"))) for bound in ("Min", "Max"))
    if size is not None and least is not None and size < least:
        yield f"{shown} is below Min{what} {least:g}"
    if size is not None and most is not None and size > most:
        yield f"{shown} is above Max{what} {most:g}"


def _matches(pattern: str, value: str) -> bool:
    """CloudFormation's patterns are Java's; one that Python can't read is left for AWS to check."""
    try:
        return not pattern or re.fullmatch(pattern, value) is not None
    except re.error:
        return True


def _number(text: str) -> float | None:
    try:
        return float(text)
    except ValueError:
        return None


def _text(node: Scalar | Sequence | object) -> str:
    """A scalar as CloudFormation has it: everything is text."""
    value = node.value if isinstance(node, Scalar) else ""
    return str(value).lower() if isinstance(value, bool) else str(value)
