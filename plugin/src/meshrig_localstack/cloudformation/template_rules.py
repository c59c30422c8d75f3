"""What CloudFormation refuses of a template before it makes anything, and LocalStack lets pass.

The messages are CloudFormation's own. LocalStack resolves an attribute that a type does not have to nothing, and takes
a resource whose type has changed for unchanged.
"""

import re
from collections.abc import Iterator, Mapping
from typing import Any

from meshrig_localstack.cloudformation.schema import ResourceSchema, UnknownTypeError, resource_schema

_SUBSTITUTION = re.compile(r"\$\{([A-Za-z0-9]+)\.([^}]+)\}")
# Their attributes are named by the user: the outputs of a nested stack, what a custom resource answers.
_OPEN_TYPES = ("AWS::CloudFormation::", "AWS::ServiceCatalog::", "Custom::")


def template_problems(template: Mapping[str, Any], deployed: Mapping[str, str]) -> list[str]:
    """One message per problem; ``deployed``: the types of the stack's resources by logical id, empty for a new one."""
    resources = template.get("Resources")
    if not isinstance(resources, dict) or "Transform" in template:
        # Macros may add resources and change them.
        return []
    types = {name: found["Type"] for name, found in resources.items() if isinstance(found, dict) and "Type" in found}
    return [*_changed_types(types, deployed), *dict.fromkeys(_unknown_attributes(template, types))]


def _changed_types(types: Mapping[str, str], deployed: Mapping[str, str]) -> Iterator[str]:
    changed = sorted(name for name, type_name in types.items() if deployed.get(name, type_name) != type_name)
    if changed:
        yield (
            "Update of resource type is not permitted. The new template modifies resource type of the following "
            f"resources: [{', '.join(changed)}]"
        )


def _unknown_attributes(template: Mapping[str, Any], types: Mapping[str, str]) -> Iterator[str]:
    for section in ("Resources", "Outputs"):
        for name, attribute in _attributes(template.get(section)):
            if name in types and not _has_attribute(types[name], attribute):
                yield f"Template error: resource {name} does not support attribute type {attribute} in Fn::GetAtt"


def _attributes(value: Any) -> Iterator[tuple[str, str]]:
    """(logical id, attribute) of every Fn::GetAtt and of the dots of every Fn::Sub."""
    if isinstance(value, list):
        for item in value:
            yield from _attributes(item)
    elif isinstance(value, dict):
        for key, inner in value.items():
            if key == "Fn::GetAtt":
                yield from _get_att(inner)
            elif key == "Fn::Sub":
                text = inner[0] if isinstance(inner, list) and inner else inner
                yield from _SUBSTITUTION.findall(text) if isinstance(text, str) else ()
            yield from _attributes(inner)


def _get_att(value: Any) -> Iterator[tuple[str, str]]:
    parts = value.split(".", 1) if isinstance(value, str) else value
    if isinstance(parts, list) and len(parts) >= 2 and all(isinstance(part, str) for part in parts):
        yield parts[0], ".".join(parts[1:])


def _has_attribute(type_name: Any, attribute: str) -> bool:
    """Whether a type has it, as far as that is known; of some types properties may be asked for like attributes."""
    if not isinstance(type_name, str) or type_name.startswith(_OPEN_TYPES):
        return True
    try:
        schema = resource_schema(type_name)
    except UnknownTypeError:
        return True
    return attribute.split(".")[0] in schema.properties or attribute in _read_only(schema)


def _read_only(schema: ResourceSchema) -> set[str]:
    return {".".join(path) for path in schema.read_only}
