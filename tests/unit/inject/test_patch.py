from typing import Any

import jsonpatch
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from meshrig.inject.patch import json_patch

_SCALARS = st.none() | st.booleans() | st.integers(-2, 2) | st.text("a/~1", max_size=3)
_VALUES = st.recursive(
    _SCALARS,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text("ab/~0", max_size=3), inner, max_size=4),
)
_DOCUMENTS = st.dictionaries(st.text("ab/~", max_size=2), _VALUES, max_size=4)


@settings(deadline=None)
@given(_DOCUMENTS, _DOCUMENTS)
def test_applied_to_before_it_gives_after(before: dict[str, Any], after: dict[str, Any]) -> None:
    assert _exactly(jsonpatch.apply_patch(before, json_patch(before, after))) == _exactly(after)


@settings(deadline=None)
@given(_DOCUMENTS)
def test_nothing_for_nothing(document: dict[str, Any]) -> None:
    assert json_patch(document, document) == []


@pytest.mark.parametrize(
    ("before", "after", "patch"),
    [
        ({"a": [2, 3]}, {"a": [1, 2, 3]}, [{"op": "add", "path": "/a/0", "value": 1}]),
        ({"a": [1, 2, 3]}, {"a": [1, 3]}, [{"op": "remove", "path": "/a/1"}]),
        ({"a/b": {"~": 1}}, {"a/b": {"~": 2}}, [{"op": "replace", "path": "/a~1b/~0", "value": 2}]),
        ({"a": 1}, {"a": True}, [{"op": "replace", "path": "/a", "value": True}]),
        ({}, {"a": {}}, [{"op": "add", "path": "/a", "value": {}}]),
        ({"a": [1]}, {}, [{"op": "remove", "path": "/a"}]),
    ],
)
def test_operations_are_few(before: dict[str, Any], after: dict[str, Any], patch: list[dict[str, Any]]) -> None:
    assert json_patch(before, after) == patch


def _exactly(value: Any) -> Any:
    """Python calls True and 1 equal."""
    if isinstance(value, dict):
        return {key: _exactly(item) for key, item in value.items()}
    return [_exactly(item) for item in value] if isinstance(value, list) else (type(value), value)
