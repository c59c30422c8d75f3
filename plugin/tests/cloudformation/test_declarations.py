"""Every declaration agrees with the type's schema and with the API it calls."""

from functools import cache
from string import Formatter

import botocore.session
import pytest
from botocore.model import OperationModel, ServiceModel

from meshrig_localstack.cloudformation import plugins
from meshrig_localstack.cloudformation.casing import member_name
from meshrig_localstack.cloudformation.declaration import Call, Declaration
from meshrig_localstack.cloudformation.plugins import DeclaredSpec
from meshrig_localstack.cloudformation.schema import resource_schema
from meshrig_localstack.cloudformation.types import DECLARATIONS, EXTENSIONS

EVERY_DECLARATION = pytest.mark.parametrize("declaration", DECLARATIONS.values(), ids=list(DECLARATIONS))


@cache
def service_model(name: str) -> ServiceModel:
    return botocore.session.Session().get_service_model(name)


def operation(declaration: Declaration, call: Call) -> OperationModel:
    return service_model(declaration.service).operation_model(call.operation)


def calls(declaration: Declaration) -> list[Call]:
    per_item = [call for each in declaration.each for call in (each.add, each.remove)]
    after = [*declaration.after_create, *declaration.settle, *declaration.updates]
    return [declaration.create, declaration.delete, *after, *per_item]


def template_fields(text: str) -> set[str]:
    return {field for _, field, _, _ in Formatter().parse(text) if field}


@EVERY_DECLARATION
def test_calls_name_parameters_the_api_has(declaration: Declaration) -> None:
    for call in calls(declaration):
        shape = operation(declaration, call).input_shape
        named = {name.removesuffix("[]") for name in call.identity} | set(call.rename.values())
        assert {name for name in named if member_name(shape, name) is None} == set(), call.operation


@EVERY_DECLARATION
def test_calls_send_properties_the_schema_has(declaration: Declaration) -> None:
    known = set(resource_schema(declaration.type_name).properties)
    for call in [declaration.create, *declaration.after_create, *declaration.settle, *declaration.updates]:
        named = {*(call.properties or ()), *call.rename, *call.build}
        named |= {field for text in call.identity.values() for field in template_fields(text)}
        assert named <= known, call.operation


@EVERY_DECLARATION
def test_a_property_without_a_builder_has_a_parameter(declaration: Declaration) -> None:
    for call in [*declaration.settle, *declaration.updates]:
        if call.request is not None:
            continue
        shape = operation(declaration, call).input_shape
        sent = [name for name in call.properties or () if name not in call.build]
        assert [name for name in sent if member_name(shape, call.rename.get(name, name)) is None] == [], call.operation


@EVERY_DECLARATION
def test_references_and_tags_are_made_of_properties(declaration: Declaration) -> None:
    known = set(resource_schema(declaration.type_name).properties)
    assert template_fields(declaration.reference) <= known
    for text in declaration.tags.resource.values() if declaration.tags else ():
        assert template_fields(text) <= known


@EVERY_DECLARATION
def test_no_update_changes_a_create_only_property(declaration: Declaration) -> None:
    fixed = {path[0] for path in resource_schema(declaration.type_name).create_only if len(path) == 1}
    changed = {name for call in [*declaration.settle, *declaration.updates] for name in call.properties or ()}
    assert changed & fixed == set()


def test_every_type_has_an_entry_point() -> None:
    specs = {spec.name for spec in vars(plugins).values() if isinstance(spec, DeclaredSpec)}
    assert specs == set(DECLARATIONS) | set(EXTENSIONS)


def test_no_type_is_declared_twice() -> None:
    assert set(DECLARATIONS) & set(EXTENSIONS) == set()


@pytest.mark.parametrize("type_name", list(EXTENSIONS))
def test_extensions_change_properties_the_schema_has(type_name: str) -> None:
    extension, known = EXTENSIONS[type_name], set(resource_schema(type_name).properties)
    for call in extension.updates:
        shape = service_model(extension.service).operation_model(call.operation).input_shape
        assert set(call.properties or ()) <= known
        sent = [name for name in call.properties or () if name not in call.build]
        assert [name for name in sent if member_name(shape, call.rename.get(name, name)) is None] == [], call.operation
