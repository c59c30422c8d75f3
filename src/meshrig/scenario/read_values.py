"""Values that several kinds of step have: numbers in bounds, HTTP statuses, JSON."""

import json

from meshrig.located.fields import Fields
from meshrig.located.yaml_nodes import Node, Scalar, Sequence, plain

# Beyond these a number is a slip: no load runs for months or sends once in a fortnight.
LARGEST = 1e6
SMALLEST = 1e-5


def read_positive(fields: Fields, key: str, default: float = 0.0, *, required: bool = False) -> float:
    """A number from 0.00001 to 1,000,000; ``default``, and a problem, for anything else that is there."""
    value = fields.node(key)
    if value is None:
        if required:
            fields.problem(f"{key} is missing")
        return default
    number = _number(value)
    if number is not None and SMALLEST <= number <= LARGEST:
        return float(number)
    fields.problem(f"must be a number from {SMALLEST:f} to {LARGEST:.0f}", key)
    return default


def read_count(fields: Fields, key: str) -> int:
    """A whole number from 1 to 1,000,000; 1, and a problem, for anything else."""
    number = _number(fields.node(key))
    if isinstance(number, int) and 1 <= number <= LARGEST:
        return number
    fields.problem(f"must be a whole number from 1 to {LARGEST:.0f}", key)
    return 1


def read_status(fields: Fields, key: str, default: int) -> int:
    """An HTTP status."""
    node = fields.node(key)
    return default if node is None else _statuses((node,), fields, key)[0]


def read_statuses(fields: Fields, key: str) -> tuple[int, ...]:
    """An HTTP status or a list of them; 200 where there is none."""
    node = fields.node(key)
    if node is None:
        return (200,)
    items = node.items if isinstance(node, Sequence) else (node,)
    if not items:
        fields.problem("names no status", key)
    return _statuses(items, fields, key)


def read_json(fields: Fields, key: str) -> str:
    """The JSON text of whatever stands there; empty for nothing."""
    node = fields.node(key)
    if node is None:
        return ""
    try:
        return json.dumps(plain(node), allow_nan=False)
    except (TypeError, ValueError):
        fields.problem("is not JSON", key, "quote dates; JSON has no infinity, no NaN and no bytes")
        return ""


def _statuses(nodes: tuple[Node, ...], fields: Fields, key: str) -> tuple[int, ...]:
    found = [_number(node) for node in nodes]
    if all(isinstance(status, int) and 200 <= status <= 599 for status in found):
        return tuple(int(status) for status in found if status is not None)
    fields.problem("must be HTTP statuses from 200 to 599", key)
    return (200,)


def _number(node: Node | None) -> int | float | None:
    if isinstance(node, Scalar) and isinstance(node.value, (int, float)) and not isinstance(node.value, bool):
        return node.value
    return None
