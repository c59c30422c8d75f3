"""RFC 6902 (JSON Patch): the operations that make one JSON value of another."""

import json
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from meshrig.inject.objects import Json


def json_patch(before: Json, after: Json) -> list[dict[str, Any]]:
    """Operations (``add``, ``remove``, ``replace``) that, applied in order to ``before``, give ``after``."""
    return list(_differences("", before, after))


def _differences(path: str, before: Any, after: Any) -> Iterator[dict[str, Any]]:
    if isinstance(before, Mapping) and isinstance(after, Mapping):
        yield from _mapping_differences(path, before, after)
    elif _is_list(before) and _is_list(after):
        yield from _list_differences(path, before, after)
    elif not _same(before, after):
        yield {"op": "replace", "path": path, "value": after}


def _mapping_differences(path: str, before: Json, after: Json) -> Iterator[dict[str, Any]]:
    for key in before:
        if key not in after:
            yield {"op": "remove", "path": _below(path, key)}
    for key, value in after.items():
        if key in before:
            yield from _differences(_below(path, key), before[key], value)
        else:
            yield {"op": "add", "path": _below(path, key), "value": value}


def _list_differences(path: str, before: Sequence[Any], after: Sequence[Any]) -> Iterator[dict[str, Any]]:
    """What both lists begin and end with is left alone, so that an inserted item is one operation."""
    shorter = min(len(before), len(after))
    start = next((at for at in range(shorter) if not _same(before[at], after[at])), shorter)
    left = shorter - start
    end = next((at for at in range(left) if not _same(before[-1 - at], after[-1 - at])), left)
    old, new = before[start : len(before) - end], after[start : len(after) - end]
    shared = min(len(old), len(new))
    for at in range(shared):
        yield from _differences(_below(path, start + at), old[at], new[at])
    # From the end, so that the places of the others stay what they are.
    for at in reversed(range(shared, len(old))):
        yield {"op": "remove", "path": _below(path, start + at)}
    for at in range(shared, len(new)):
        yield {"op": "add", "path": _below(path, start + at), "value": new[at]}


def _below(path: str, key: str | int) -> str:
    """RFC 6901: ``~`` and ``/`` of a key are escaped."""
    return f"{path}/{str(key).replace('~', '~0').replace('/', '~1')}"


def _is_list(value: Any) -> bool:
    return isinstance(value, Sequence) and not isinstance(value, str | bytes)


def _same(one: Any, other: Any) -> bool:
    """As JSON: Python calls True and 1 equal, and a list and a tuple different."""
    return json.dumps(one, sort_keys=True) == json.dumps(other, sort_keys=True)
