"""JSON answers of an API -> the frozen dataclasses that mirror its shapes, by their type hints."""

import dataclasses
import re
import types
import typing
from collections.abc import Mapping
from typing import Any, Literal

from meshrig.errors import InvalidInputError, Origin, Problem

_WORD = re.compile(r"(?<=[a-z0-9])([A-Z])")
_NAMES = {str: "text", int: "a whole number", bool: "true or false"}


def build[T](kind: type[T], value: Any, subject: str) -> T:
    """An instance of ``kind`` from camelCase JSON. Raises InvalidInputError naming each member the model lacks."""
    problems: list[Problem] = []
    built = _build(kind, value, subject, problems)
    if problems:
        raise InvalidInputError(problems)
    return typing.cast(T, built)


def _build(kind: Any, value: Any, subject: str, problems: list[Problem]) -> Any:
    origin = typing.get_origin(kind)
    if origin in {types.UnionType, typing.Union}:
        chosen = next(part for part in typing.get_args(kind) if part is not types.NoneType)
        return None if value is None else _build(chosen, value, subject, problems)
    if origin is tuple:
        return _build_tuple(typing.get_args(kind)[0], value, subject, problems)
    if origin is Literal:
        if value not in typing.get_args(kind):
            problems.append(Problem(f"{value!r} is not supported", Origin(subject=subject)))
    elif dataclasses.is_dataclass(kind):
        return _build_dataclass(kind, value, subject, problems)
    # Python's True is an int too, which no API means.
    elif type(value) is not kind:
        problems.append(Problem(f"{value!r} is not {_NAMES[kind]}", Origin(subject=subject)))
    return value


def _build_tuple(item: Any, value: Any, subject: str, problems: list[Problem]) -> tuple[Any, ...]:
    if not isinstance(value, (list, tuple)):
        problems.append(Problem(f"{value!r} is not a list", Origin(subject=subject)))
        return ()
    return tuple(_build(item, part, f"{subject}[{i}]", problems) for i, part in enumerate(value))


def _build_dataclass(kind: Any, value: Any, subject: str, problems: list[Problem]) -> Any:
    if not isinstance(value, Mapping):
        problems.append(Problem(f"{value!r} is not a structure", Origin(subject=subject)))
        return None
    hints = typing.get_type_hints(kind)
    members: dict[str, Any] = {}
    for name, item in value.items():
        field = _WORD.sub(r"_\1", name).lower()
        if field not in hints:
            problems.append(Problem("this property is not supported yet", Origin(subject=f"{subject}.{name}")))
        else:
            members[field] = _build(hints[field], item, f"{subject}.{name}", problems)
    required = {
        f.name
        for f in dataclasses.fields(kind)
        if f.default is dataclasses.MISSING and f.default_factory is dataclasses.MISSING
    }
    if absent := sorted(required - members.keys()):
        problems.append(Problem(f"{', '.join(map(_camel, absent))} is missing", Origin(subject=subject)))
        return None
    return kind(**members)


def _camel(field: str) -> str:
    first, *rest = field.split("_")
    return first + "".join(word.capitalize() for word in rest)
