"""Checks a resource's properties against its schema, in the words CloudFormation uses, every problem at once."""

import re
from collections.abc import Iterator, Mapping
from functools import cache
from typing import Any

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
    if error.validator == "additionalProperties":
        unknown = _unknown_keys(error)
        yield from (f"{where}: extraneous key [{key}] is not permitted" for key in unknown)
    elif error.validator in ("oneOf", "anyOf"):
        closest = min(error.context or [], key=lambda found: (-len(found.path), str(found.message)), default=None)
        detail = f" (nearest: {closest.message})" if closest else ""
        yield f"{where}: matches none of the permitted forms{detail}"
    elif error.validator == "required":
        missing = error.message.split("'")[1]
        yield f"{where}: required key [{missing}] not found"
    else:
        yield f"{where}: {error.message}"


def _unknown_keys(error: ValidationError) -> list[str]:
    schema, instance = error.schema, error.instance
    known = set(schema.get("properties", {})) if isinstance(schema, dict) else set()
    patterns = list(schema.get("patternProperties", {})) if isinstance(schema, dict) else []
    return sorted(key for key in instance if key not in known and not any(re.search(each, key) for each in patterns))


def _pattern(_validator: Any, pattern: str, instance: Any, _schema: Any) -> Iterator[ValidationError]:
    if isinstance(instance, str) and not _matches(pattern, instance):
        yield ValidationError(f"string [{instance}] does not match pattern {pattern}")


def _matches(pattern: str, text: str) -> bool:
    """A few schemas use Java's syntax, which Python's engine refuses; AWS's service then is the one to check."""
    try:
        return re.search(pattern, text) is not None
    except re.error:
        return True


def _required_xor(_validator: Any, names: list[str], instance: Any, _schema: Any) -> Iterator[ValidationError]:
    given = [name for name in names if isinstance(instance, dict) and name in instance]
    if len(given) != 1:
        yield ValidationError(f"exactly one of {names} must be specified, found {given or 'none'}")


_CfnValidator = extend(Draft7Validator, {"pattern": _pattern, "requiredXor": _required_xor})
