"""Values that never were text in a file, such as an API's answers, as located values."""

from collections.abc import Mapping as AnyMapping
from typing import Any

from meshrig.errors import Origin
from meshrig.located.yaml_nodes import Mapping, Node, Scalar, Sequence


def locate(value: Any, origin: Origin) -> Node:
    """All of it at one place."""
    if isinstance(value, AnyMapping):
        return Mapping({str(key): locate(item, origin) for key, item in value.items()}, {}, origin)
    if isinstance(value, list | tuple):
        return Sequence(tuple(locate(item, origin) for item in value), origin)
    return Scalar(value, origin)
