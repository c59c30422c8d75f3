"""The one resource provider behind every type: validates, calls the declared API operations, reports what exists."""

import time
from collections.abc import Mapping
from typing import Any

import jmespath
from botocore.exceptions import ClientError, ParamValidationError
from localstack.services.cloudformation.provider_utils import generate_default_name
from localstack.services.cloudformation.resource_provider import (
    OperationStatus,
    ProgressEvent,
    ResourceProvider,
    ResourceRequest,
)

from meshrig_localstack.cloudformation.caller import Caller, changes_of, is_gone
from meshrig_localstack.cloudformation.casing import NotInApiError
from meshrig_localstack.cloudformation.changes import changed_properties
from meshrig_localstack.cloudformation.coercion import coerce_properties
from meshrig_localstack.cloudformation.declaration import Declaration, GeneratedName, Properties
from meshrig_localstack.cloudformation.model import (
    REFERENCE_POINTER,
    deployed_model,
    is_deployed,
    specified_properties,
)
from meshrig_localstack.cloudformation.schema import ResourceSchema, resource_schema
from meshrig_localstack.cloudformation.validation import property_problems

POLL_SECONDS = 1.0

type Event = ProgressEvent[dict[str, Any]]
type Request = ResourceRequest[dict[str, Any]]


class RefusedError(Exception):
    """The properties cannot be deployed; the message says which and why."""


class DeclaredProvider(ResourceProvider[dict[str, Any]]):
    """Deploys the resources of one declared type."""

    def __init__(self, declaration: Declaration) -> None:
        self._declaration = declaration
        self._schema = resource_schema(declaration.type_name)
        # The engine reads these two keys: what Ref gives, and which properties ask for a new resource.
        self.SCHEMA = {
            "primaryIdentifier": [REFERENCE_POINTER],
            "createOnlyProperties": ["/properties/" + "/".join(path) for path in self._schema.create_only],
        }

    def create(self, request: Request) -> Event:
        return reported(lambda: self._create(request), failed_model={})

    def read(self, request: Request) -> Event:
        model = request.desired_state
        return reported(lambda: self._described(self._caller(request), model, specified_properties(model)), model)

    def update(self, request: Request) -> Event:
        previous: dict[str, Any] = dict(request.previous_state or {})
        return reported(lambda: self._update(request, previous), failed_model=previous)

    def delete(self, request: Request) -> Event:
        model: dict[str, Any] = dict(request.previous_state or request.desired_state)
        if not is_deployed(model):
            return ProgressEvent(status=OperationStatus.SUCCESS, resource_model={})
        return reported(lambda: self._delete(self._caller(request), model), failed_model=model)

    def _create(self, request: Request) -> dict[str, Any]:
        declaration, caller = self._declaration, self._caller(request)
        specified = self._accepted(request.desired_state)
        properties = {**declaration.final, **specified}
        if declaration.name and declaration.name.property not in specified:
            properties[declaration.name.property] = _generated(declaration.name, request)
        self._refuse_unsent(caller, properties)
        answer = caller.make(declaration.create, properties)
        for name, path in declaration.created.items():
            properties[name] = jmespath.search(path, answer)
        try:
            self._wait(caller, properties)
            self._settle(caller, properties, specified)
            return self._described(caller, properties, specified)
        except (ClientError, ParamValidationError, NotInApiError, RefusedError):
            self._delete(caller, properties)
            raise

    def _wait(self, caller: Caller, properties: Properties) -> None:
        """Until the resource may be built upon. Most are at once."""
        ready, read = self._declaration.ready, self._declaration.read
        if ready is None or read is None:
            return
        deadline = time.monotonic() + ready.seconds
        while (value := jmespath.search(ready.member, caller.read(read, properties))) != ready.value:
            if time.monotonic() > deadline:
                hint = ready.hint.format_map(properties)
                raise RefusedError(f"The {ready.member} is still {value} after {ready.seconds:.0f} seconds: {hint}")
            time.sleep(POLL_SECONDS)

    def _settle(self, caller: Caller, properties: Properties, specified: Properties) -> None:
        """What belongs to the resource but not to its create operation."""
        sent = caller.taken(self._declaration.create, properties)
        for call in (*self._declaration.after_create, *self._declaration.settle):
            if set(call.properties or ()) & (set(specified) - sent):
                caller.make(call, properties)
        for each in self._declaration.each:
            caller.change_items(each, properties, {})
        tags = self._declaration.tags
        if tags and tags.property in specified and tags.property not in sent:
            caller.change_tags(tags, properties, {})

    def _update(self, request: Request, previous: dict[str, Any]) -> dict[str, Any]:
        declaration, caller = self._declaration, self._caller(request)
        specified, before = self._accepted(request.desired_state), specified_properties(previous)
        removed = {name: None for name in before if name not in specified}
        properties = {**previous, **removed, **declaration.final, **specified}
        self._refuse_fixed(before, specified)
        for call in (*declaration.updates, *declaration.settle):
            if changes_of(call, before, specified):
                caller.make(call, properties, before)
        for each in declaration.each:
            caller.change_items(each, properties, before)
        if declaration.tags:
            caller.change_tags(declaration.tags, properties, before)
        kept = {name: value for name, value in properties.items() if value is not None}
        return self._described(caller, kept, specified)

    def _delete(self, caller: Caller, properties: Mapping[str, Any]) -> dict[str, Any]:
        try:
            caller.make(self._declaration.delete, properties)
        except ClientError as error:
            if not is_gone(error):
                raise
        return {}

    def _described(self, caller: Caller, properties: Mapping[str, Any], specified: Properties) -> dict[str, Any]:
        """The model with every attribute the service tells."""
        read = self._declaration.read
        found = caller.read(read, properties) if read else {}
        if read and not found:
            raise RefusedError(f"{read.operation} does not find the resource")
        members = {name.lower(): value for name, value in found.items()}
        attributes = {}
        for name in self._schema.attributes:
            where = read.attributes.get(name, name) if read else name
            value = where(found) if callable(where) else jmespath.search(where, found)
            value = members.get(name.lower()) if value is None else value
            if value is not None:
                attributes[name] = value if isinstance(value, (str, list)) else str(value)
        model = {**properties, **attributes}
        return deployed_model(model, specified, self._declaration.reference.format_map(model))

    def _accepted(self, properties: Properties) -> dict[str, Any]:
        """The template's properties with the schema's types. Raises RefusedError with every problem."""
        return accepted_properties(self._schema, properties)

    def _refuse_unsent(self, caller: Caller, properties: Properties) -> None:
        declaration = self._declaration
        sent = set(caller.taken(declaration.create, properties)) | set(declaration.local)
        sent |= {name for call in declaration.settle for name in call.properties or ()}
        sent |= {each.property for each in declaration.each}
        sent |= {declaration.tags.property} if declaration.tags else set()
        unsent = sorted(set(properties) - sent)
        if unsent:
            raise RefusedError(f"{declaration.type_name}: no local API takes the properties {', '.join(unsent)}")

    def _refuse_fixed(self, before: Properties, after: Properties) -> None:
        """Create-only properties never come here: the engine replaces the resource for those."""
        declaration = self._declaration
        changeable = {name for call in (*declaration.updates, *declaration.settle) for name in call.properties or ()}
        changeable |= {each.property for each in declaration.each} | set(declaration.local)
        changeable |= {declaration.tags.property} if declaration.tags else set()
        fixed = sorted(changed_properties(before, after) - changeable)
        if fixed:
            raise RefusedError(f"{declaration.type_name}: the properties {', '.join(fixed)} cannot be changed in place")

    def _caller(self, request: Request) -> Caller:
        return Caller(self._declaration.service, request.account_id, request.region_name)


def accepted_properties(schema: ResourceSchema, properties: Properties) -> dict[str, Any]:
    """``properties`` with the schema's types. Raises RefusedError naming every property that is unknown or wrong."""
    coerced = coerce_properties(schema.document, properties)
    problems = property_problems(schema, coerced)
    if problems:
        raise RefusedError(f"Properties validation failed for type {schema.type_name}: {'; '.join(problems)}")
    return coerced


def _generated(name: GeneratedName, request: Request) -> str:
    text: str = generate_default_name(request.stack_name, request.logical_resource_id)
    text = text[: name.max_length].rstrip("-") if len(text) <= name.max_length else _shortened(text, name.max_length)
    return text.lower() if name.lower else text


def _shortened(text: str, length: int) -> str:
    """Keeps the random end, which makes the name unique."""
    head, tail = text[: length - 9].rstrip("-"), text[-8:].lstrip("-")
    return f"{head}-{tail}"


def reported(step: Any, failed_model: dict[str, Any]) -> Event:
    """Runs ``step``; what it returns is the resource's model, what it raises becomes the event's message."""
    try:
        return ProgressEvent(status=OperationStatus.SUCCESS, resource_model=step())
    except ClientError as error:
        message = f'Resource handler returned message: "{error.response["Error"].get("Message", "")}" ' + (
            f"(HandlerErrorCode: {error.response['Error'].get('Code')}, Operation: {error.operation_name})"
        )
    except (RefusedError, NotInApiError, ParamValidationError) as error:
        message = str(error)
    return ProgressEvent(status=OperationStatus.FAILED, resource_model=failed_model, message=message)
