"""Builds the parameters of a declared call from a resource's properties."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

from botocore.model import OperationModel, StructureShape

from meshrig_localstack.cloudformation.casing import member_name, parameter
from meshrig_localstack.cloudformation.declaration import Call, Parameters, Properties

NO_PROPERTIES: Mapping[str, Any] = MappingProxyType({})


def request_parameters(
    call: Call, operation: OperationModel, new: Properties, old: Properties = NO_PROPERTIES
) -> Parameters:
    """The call's parameters: identity, then every property it takes that has a value."""
    parameters = identity_parameters(call.identity, new)
    if call.request is not None:
        return {**parameters, **call.request(new)}
    shape = _input_shape(operation)
    for name in taken_properties(call, operation, new):
        if name in call.build:
            _join(parameters, call.build[name](new.get(name), old.get(name)))
        elif new.get(name) is not None:
            member = member_name(shape, call.rename.get(name, name))
            if member is not None:
                parameters[member] = parameter(shape.members[member], new[name], name)
    return parameters


def taken_properties(call: Call, operation: OperationModel, properties: Properties) -> tuple[str, ...]:
    """The properties the call sends."""
    if call.properties is not None:
        return call.properties
    if call.request is not None:
        return tuple(properties)
    shape = _input_shape(operation)
    named = [name for name in properties if name in call.build or member_name(shape, call.rename.get(name, name))]
    return tuple(named)


def identity_parameters(identity: Mapping[str, str], properties: Properties) -> Parameters:
    """Parameters made of properties: ``{"clusterName": "{ClusterName}"}``. A property that is missing gives none."""
    parameters: Parameters = {}
    for name, template in identity.items():
        try:
            text = template.format_map(properties)
        except KeyError:
            continue
        parameters[name.removesuffix("[]")] = [text] if name.endswith("[]") else text
    return parameters


def _input_shape(operation: OperationModel) -> StructureShape:
    shape: StructureShape = operation.input_shape
    return shape


def _join(parameters: Parameters, more: Parameters) -> None:
    for name, value in more.items():
        earlier = parameters.get(name)
        parameters[name] = [*earlier, *value] if isinstance(earlier, list) and isinstance(value, list) else value
