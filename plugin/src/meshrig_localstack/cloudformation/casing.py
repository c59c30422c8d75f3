"""Turns property values into the parameters of an API call: CloudFormation says ``MeshName``, App Mesh ``meshName``.

The API's own model decides: members are matched without regard to case, and values take the type of their shape.
"""

import json
from collections.abc import Mapping
from typing import Any

from botocore.model import ListShape, MapShape, Shape, StructureShape


class NotInApiError(Exception):
    """A property the API has no parameter for; the message names the property's path."""


def member_name(shape: StructureShape, name: str) -> str | None:
    """The structure's member of that name, whatever its case."""
    return _members(shape).get(name.lower())


def parameter(shape: Shape, value: Any, path: str) -> Any:
    """``value`` in the form ``shape`` has; ``path`` is the property's, for the message. Raises NotInApiError."""
    if isinstance(shape, StructureShape):
        return _structure(shape, value, path)
    if isinstance(shape, ListShape):
        return [parameter(shape.member, item, f"{path}.{index}") for index, item in enumerate(value)]
    if isinstance(shape, MapShape):
        return {key: parameter(shape.value, item, f"{path}.{key}") for key, item in _pairs(value).items()}
    return _scalar(shape.type_name, value)


def _structure(shape: StructureShape, value: Any, path: str) -> dict[str, Any]:
    parameters = {}
    for key, item in value.items():
        member = member_name(shape, key)
        if member is None:
            raise NotInApiError(f"property {path}.{key}: the API's {shape.name} has no such member")
        parameters[member] = parameter(shape.members[member], item, f"{path}.{key}")
    return parameters


def _members(shape: StructureShape) -> Mapping[str, str]:
    return {member.lower(): member for member in shape.members}


def _pairs(value: Any) -> Mapping[str, Any]:
    """Tags come as a map or as a list of Key and Value."""
    if isinstance(value, list):
        return {entry["Key"]: entry["Value"] for entry in value}
    found: Mapping[str, Any] = value
    return found


def _scalar(type_name: str, value: Any) -> Any:
    if type_name == "string":
        return value if isinstance(value, str) else json.dumps(value)
    if type_name in ("integer", "long"):
        return int(value)
    if type_name in ("float", "double"):
        return float(value)
    if type_name == "boolean":
        return value if isinstance(value, bool) else str(value).lower() == "true"
    if type_name == "blob":
        return value.encode() if isinstance(value, str) else value
    return value
