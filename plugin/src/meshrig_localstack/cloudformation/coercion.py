"""Gives template values the types their schema names.

CloudFormation accepts ``"80"`` for a number and ``true`` for a string: parameters are text, YAML is not.
"""

from collections.abc import Mapping
from typing import Any

from meshrig_localstack.cloudformation.schema import Document

BOOLEANS = {"true": True, "false": False}


def coerce_properties(document: Document, properties: Mapping[str, Any]) -> dict[str, Any]:
    """``properties`` with every scalar converted as far as its schema asks and its text allows; the rest unchanged."""
    schemas = document["properties"]
    return {name: coerce(document, schemas.get(name, {}), value) for name, value in properties.items()}


def coerce(document: Document, schema: Document, value: Any) -> Any:
    """Converts one value; what cannot be converted stays, for validation to name."""
    schema = resolve(document, schema)
    if isinstance(value, dict):
        return {key: coerce(document, _member_schema(schema, key), member) for key, member in value.items()}
    if isinstance(value, list):
        return [coerce(document, schema.get("items", {}), item) for item in value]
    return _scalar(schema, value)


def resolve(document: Document, schema: Document) -> Document:
    """Follows ``$ref`` inside the document."""
    while "$ref" in schema:
        target: Any = document
        for part in schema["$ref"].removeprefix("#/").split("/"):
            target = target[part]
        schema = target
    return schema


def _member_schema(schema: Document, key: str) -> Document:
    own: Document = schema.get("properties", {})
    if key in own:
        found: Document = own[key]
        return found
    choices = [*schema.get("oneOf", ()), *schema.get("anyOf", ()), *schema.get("allOf", ())]
    for choice in choices:
        if key in choice.get("properties", {}):
            return _member_schema(choice, key)
    patterns: Document = schema.get("patternProperties", {})
    return next(iter(patterns.values()), {})


def _scalar(schema: Document, value: Any) -> Any:
    types = schema.get("type", ())
    wanted = types if isinstance(types, (list, tuple)) else (types,)
    if isinstance(value, bool):
        return str(value).lower() if wanted == ("string",) else value
    if isinstance(value, (int, float)):
        return str(value) if wanted == ("string",) else value
    if isinstance(value, str) and "string" not in wanted:
        return _from_text(wanted, value)
    return value


def _from_text(wanted: tuple[str, ...] | list[str], text: str) -> Any:
    if "boolean" in wanted and text.lower() in BOOLEANS:
        return BOOLEANS[text.lower()]
    try:
        if "integer" in wanted:
            return int(text)
        if "number" in wanted:
            return float(text)
    except ValueError:
        return text
    return text
