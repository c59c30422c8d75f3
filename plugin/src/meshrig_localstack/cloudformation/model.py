"""A deployed resource as LocalStack's engine keeps it: properties and attributes, plus a corner of our own.

The engine stores one dictionary per resource, answers ``Fn::GetAtt`` from it and hands it back on update and delete.
Under the key ``OWN`` stand what Ref gives and the properties as the template had them, without names made up or
defaults filled in.
"""

from collections.abc import Mapping
from typing import Any

OWN = "MeshrigState"
REFERENCE = "Reference"
SPECIFIED = "Specified"
REFERENCE_POINTER = f"/properties/{OWN}/{REFERENCE}"


def deployed_model(properties: Mapping[str, Any], specified: Mapping[str, Any], reference: str) -> dict[str, Any]:
    """What the engine keeps of a resource that exists."""
    return {**without_own(properties), OWN: {REFERENCE: reference, SPECIFIED: dict(specified)}}


def extended_model(properties: Mapping[str, Any], specified: Mapping[str, Any]) -> dict[str, Any]:
    """The same of a resource of LocalStack's own type, whose schema says what Ref gives."""
    return {**without_own(properties), OWN: {SPECIFIED: dict(specified)}}


def without_own(model: Mapping[str, Any]) -> dict[str, Any]:
    """The model without our corner."""
    return {name: value for name, value in model.items() if name != OWN}


def specified_properties(model: Mapping[str, Any]) -> Mapping[str, Any]:
    """The properties of the template the resource was last deployed from."""
    found: Mapping[str, Any] = model.get(OWN, {}).get(SPECIFIED, {})
    return found


def is_deployed(model: Mapping[str, Any]) -> bool:
    """False for a resource whose creation failed, of which the engine keeps the template's properties only."""
    return OWN in model
