"""``${name}`` in paths and bodies, and the values that answers give."""

import json
import re
from collections.abc import Iterator, Mapping
from typing import Any
from urllib.parse import quote

from meshrig.errors import MeshrigError

_REFERENCE = re.compile(r"\$\{([^}]*)\}")

Variables = Mapping[str, Any]


class MissingVariableError(MeshrigError):
    """A step needs a variable whose capture failed."""

    def __init__(self, name: str) -> None:
        super().__init__(f"${{{name}}} has no value: the request that captures it failed")


def references(text: str) -> Iterator[str]:
    """The names referred to, in order, repeated where they are."""
    return (found.group(1) for found in _REFERENCE.finditer(text))


def fill_path(path: str, variables: Variables) -> str:
    """The path with each reference replaced by its value, percent-encoded. Raises MissingVariableError."""
    return _REFERENCE.sub(lambda found: quote(_as_text(_value(found.group(1), variables)), safe=""), path)


def fill_body(body: str, variables: Variables) -> str:
    """JSON text with the references in its strings replaced; one that is all of a string keeps the value's type.

    Raises MissingVariableError.
    """
    return json.dumps(_fill(json.loads(body), variables)) if body else ""


def pick(value: Any, dotted: str) -> Any:
    """``products.0.id`` of a JSON value. Raises LookupError where there is no such thing."""
    for part in dotted.split("."):
        if isinstance(value, list) and part.isdecimal():
            value = value[int(part)]
        elif isinstance(value, dict):
            value = value[part]
        else:
            raise LookupError(part)
    return value


def _fill(value: Any, variables: Variables) -> Any:
    if isinstance(value, dict):
        return {key: _fill(item, variables) for key, item in value.items()}
    if isinstance(value, list):
        return [_fill(item, variables) for item in value]
    if not isinstance(value, str):
        return value
    if whole := _REFERENCE.fullmatch(value):
        return _value(whole.group(1), variables)
    return _REFERENCE.sub(lambda found: _as_text(_value(found.group(1), variables)), value)


def _value(name: str, variables: Variables) -> Any:
    if name not in variables:
        raise MissingVariableError(name)
    return variables[name]


def _as_text(value: Any) -> str:
    return value if isinstance(value, str) else json.dumps(value)
