"""Checks a value against a botocore shape and reports every violation, in the wording AWS services use.

The constraints (required, length, range, enum, pattern, union) are those of the API model, whichever service's it is.
Members the model does not name are ignored, as AWS does.
"""

import re
from collections.abc import Callable, Iterator
from datetime import datetime

from botocore.model import ListShape, MapShape, Shape, StringShape, StructureShape

MAX_SHOWN_VALUE = 100


def shape_problems(shape: Shape, value: object, path: str = "") -> Iterator[str]:
    """Yields one sentence per violation of ``shape`` by ``value`` (parsed JSON); nothing for a valid value.

    ``path`` is where the value stands in the request, in AWS's spelling: ``spec.listeners.1.member.portMapping``.
    """
    accepted, described = _PYTHON_TYPES[shape.type_name]
    if not isinstance(value, accepted) or (isinstance(value, bool) and shape.type_name != "boolean"):
        yield _violation(value, path, f"Member must be {described}")
        return
    check = _CHECKS.get(shape.type_name)
    if check is not None:
        yield from check(shape, value, path)


def without_nulls(value: object) -> object:
    """The JSON value without members that are null, which AWS reads as absent."""
    if isinstance(value, dict):
        return {name: without_nulls(member) for name, member in value.items() if member is not None}
    if isinstance(value, list):
        return [without_nulls(member) for member in value]
    return value


def _structure_problems(shape: StructureShape, value: dict[str, object], path: str) -> Iterator[str]:
    given = {name: member for name, member in value.items() if name in shape.members and member is not None}
    for name in sorted(set(shape.required_members) - set(given)):
        yield f"Value null at '{_join(path, name)}' failed to satisfy constraint: Member must not be null"
    if getattr(shape, "is_tagged_union", False) and len(given) != 1:
        choices, seen = ", ".join(sorted(shape.members)), ", ".join(sorted(given)) or "none"
        yield f"Value at '{path}' failed to satisfy constraint: Exactly one of [{choices}] must be set, got: {seen}"
    for name, member in given.items():
        yield from shape_problems(shape.members[name], member, _join(path, name))


def _list_problems(shape: ListShape, value: list[object], path: str) -> Iterator[str]:
    yield from _bound_problems(shape, len(value), f"[{len(value)} members]", path, "length")
    for index, member in enumerate(value, start=1):
        yield from shape_problems(shape.member, member, f"{path}.{index}.member")


def _map_problems(shape: MapShape, value: dict[str, object], path: str) -> Iterator[str]:
    for name, member in value.items():
        yield from shape_problems(shape.key, name, f"{path}.key")
        yield from shape_problems(shape.value, member, f"{path}.{name}.member")


def _string_problems(shape: StringShape, value: str, path: str) -> Iterator[str]:
    yield from _bound_problems(shape, len(value), value, path, "length")
    if shape.enum and value not in shape.enum:
        yield _violation(value, path, f"Member must satisfy enum value set: [{', '.join(shape.enum)}]")
    pattern = shape.metadata.get("pattern")
    if pattern and re.fullmatch(pattern, value) is None:
        yield _violation(value, path, f"Member must satisfy regular expression pattern: {pattern}")


def _number_problems(shape: Shape, value: int, path: str) -> Iterator[str]:
    yield from _bound_problems(shape, value, value, path, "value")


def _bound_problems(shape: Shape, measure: int, shown: object, path: str, what: str) -> Iterator[str]:
    low, high = shape.metadata.get("min"), shape.metadata.get("max")
    if low is not None and measure < low:
        yield _violation(shown, path, f"Member must have {what} greater than or equal to {low}")
    if high is not None and measure > high:
        yield _violation(shown, path, f"Member must have {what} less than or equal to {high}")


def _violation(value: object, path: str, constraint: str) -> str:
    shown = "null" if value is None else str(value)
    if len(shown) > MAX_SHOWN_VALUE:
        shown = f"{shown[:MAX_SHOWN_VALUE]}..."
    return f"Value '{shown}' at '{path}' failed to satisfy constraint: {constraint}"


def _join(path: str, name: str) -> str:
    return f"{path}.{name}" if path else name


_PYTHON_TYPES: dict[str, tuple[type | tuple[type, ...], str]] = {
    "structure": (dict, "an object"),
    "list": (list, "a list"),
    "string": (str, "a string"),
    "integer": (int, "an integer"),
    "long": (int, "an integer"),
    "float": ((int, float), "a number"),
    "double": ((int, float), "a number"),
    "boolean": (bool, "true or false"),
    "blob": ((str, bytes), "base64 text"),
    "map": (dict, "an object"),
    "timestamp": (datetime, "a timestamp"),
}

_CHECKS: dict[str, Callable[..., Iterator[str]]] = {
    "structure": _structure_problems,
    "list": _list_problems,
    "map": _map_problems,
    "string": _string_problems,
    "integer": _number_problems,
    "long": _number_problems,
}
