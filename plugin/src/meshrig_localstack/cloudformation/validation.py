"""Checks a resource's properties against its schema, in the words CloudFormation uses, every problem at once."""

from collections.abc import Iterator, Mapping
from functools import cache
from typing import Any

import regex
from jsonschema import Draft7Validator, ValidationError
from jsonschema.validators import extend

from meshrig_localstack.cloudformation.schema import ResourceSchema, resource_schema


def property_problems(schema: ResourceSchema, properties: Mapping[str, Any]) -> list[str]:
    """One sentence per problem, each naming the property by its path: ``#/Spec/Listeners/0/PortMapping/Port: …``."""
    read_only = [
        f"#/{name}: is read-only and cannot be specified"
        for name in sorted(set(schema.attributes) & set(properties))
        if (name,) not in schema.create_only
    ]
    errors = _validator(schema.type_name).iter_errors(dict(properties))
    return read_only + sorted({sentence for error in errors for sentence in _sentences(error)})


@cache
def _validator(type_name: str) -> Draft7Validator:
    document = {
        key: value for key, value in resource_schema(type_name).document.items() if key not in ("$schema", "$id")
    }
    return _CfnValidator(document)


def _sentences(error: ValidationError) -> Iterator[str]:
    where = "/".join(["#", *(str(part) for part in error.absolute_path)])
    if error.validator in ("oneOf", "anyOf"):
        closest = min(error.context or [], key=lambda found: (-len(found.path), str(found.message)), default=None)
        detail = f" (nearest: {closest.message})" if closest else ""
        yield f"{where}: matches none of the permitted forms{detail}"
    elif error.validator == "required":
        missing = error.message.split("'")[1]
        yield f"{where}: required key [{missing}] not found"
    else:
        yield f"{where}: {error.message}"


def _unknown_keys(schema: Mapping[str, Any], instance: Mapping[str, Any]) -> list[str]:
    known, patterns = schema.get("properties", {}), schema.get("patternProperties", {})
    return sorted(key for key in instance if key not in known and not any(_matches(each, key) for each in patterns))


def _matches(pattern: str, text: str) -> bool:
    """The schemas' patterns are Java's, with classes such as ``\\p{L}`` that Python's own engine does not know."""
    return regex.search(pattern, text) is not None


def _pattern(_validator: Any, pattern: str, instance: Any, _schema: Any) -> Iterator[ValidationError]:
    if isinstance(instance, str) and not _matches(pattern, instance):
        yield ValidationError(f"string [{instance}] does not match pattern {pattern}")


def _pattern_properties(validator: Any, patterns: Any, instance: Any, _schema: Any) -> Iterator[ValidationError]:
    for pattern, schema in patterns.items() if isinstance(instance, dict) else ():
        for key, value in instance.items():
            if _matches(pattern, key):
                yield from validator.descend(value, schema, path=key, schema_path=pattern)


def _additional_properties(validator: Any, allowed: Any, instance: Any, schema: Any) -> Iterator[ValidationError]:
    for key in _unknown_keys(schema, instance) if isinstance(instance, dict) else ():
        if isinstance(allowed, dict):
            yield from validator.descend(instance[key], allowed, path=key)
        elif not allowed:
            yield ValidationError(f"extraneous key [{key}] is not permitted")


def _required_xor(_validator: Any, names: list[str], instance: Any, _schema: Any) -> Iterator[ValidationError]:
    given = [name for name in names if isinstance(instance, dict) and name in instance]
    if len(given) != 1:
        yield ValidationError(f"exactly one of {names} must be specified, found {given or 'none'}")


_CfnValidator = extend(
    Draft7Validator,
    {
        "additionalProperties": _additional_properties,
        "pattern": _pattern,
        "patternProperties": _pattern_properties,
        "requiredXor": _required_xor,
    },
)
