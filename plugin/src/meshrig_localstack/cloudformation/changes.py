"""What differs between two versions of a resource's properties, and whether that asks for a new resource."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from meshrig_localstack.cloudformation.schema import PropertyPath

EVERY_ITEM = "*"


def changed_properties(before: Mapping[str, Any], after: Mapping[str, Any]) -> frozenset[str]:
    """The names of the top-level properties that were added, removed or have another value."""
    names = set(before) | set(after)
    return frozenset(name for name in names if before.get(name) != after.get(name))


def needs_replacement(create_only: Sequence[PropertyPath], before: Mapping[str, Any], after: Mapping[str, Any]) -> bool:
    """True when a create-only property, however deep, has another value; scalars are compared as text."""
    return any(list(_values(before, path)) != list(_values(after, path)) for path in create_only)


def _values(value: Any, path: PropertyPath) -> Iterator[Any]:
    if value is None:
        return
    if not path:
        yield _comparable(value)
    elif path[0] == EVERY_ITEM:
        for item in value if isinstance(value, list) else ():
            yield from _values(item, path[1:])
    elif isinstance(value, dict):
        yield from _values(value.get(path[0]), path[1:])


def _comparable(value: Any) -> Any:
    """``80`` and ``"80"`` are the same to CloudFormation, as are ``true`` and ``"true"``."""
    if isinstance(value, dict):
        return {key: _comparable(item) for key, item in value.items()}
    if isinstance(value, list):
        return [_comparable(item) for item in value]
    return str(value).lower() if isinstance(value, bool) else str(value)
