"""Types of LocalStack's own, with property validation and the updates it lacks."""

from dataclasses import replace
from functools import cache
from importlib import import_module
from typing import Any

from localstack.services.cloudformation.resource_provider import (
    OperationStatus,
    ProgressEvent,
    ResourceProvider,
    ResourceRequest,
)

from meshrig_localstack.cloudformation.caller import Caller, changes_of
from meshrig_localstack.cloudformation.changes import changed_properties
from meshrig_localstack.cloudformation.declaration import Extension, Properties
from meshrig_localstack.cloudformation.model import extended_model, specified_properties, without_own
from meshrig_localstack.cloudformation.provider import RefusedError, accepted_properties, reported
from meshrig_localstack.cloudformation.schema import resource_schema

type Event = ProgressEvent[dict[str, Any]]
type Request = ResourceRequest[dict[str, Any]]


class ExtendedProvider(ResourceProvider[dict[str, Any]]):
    """Creates and deletes as LocalStack does; updates by the extension's calls."""

    def __init__(self, extension: Extension) -> None:
        self._extension = extension
        self._schema = resource_schema(extension.type_name)
        self._base = _base(extension.base)
        self.SCHEMA = self._base.SCHEMA

    def create(self, request: Request) -> Event:
        model = request.desired_state
        try:
            # LocalStack's create is called again until the resource is there, with what it has learned by then.
            specified = dict(specified_properties(model)) or accepted_properties(self._schema, model)
        except RefusedError as refused:
            return ProgressEvent(status=OperationStatus.FAILED, resource_model={}, message=str(refused))
        event: Event = self._base.create(_without_own(request))
        if event.status != OperationStatus.FAILED:
            event.resource_model = extended_model(event.resource_model or {}, specified)
        return event

    def read(self, request: Request) -> Event:
        found: Event = self._base.read(_without_own(request))
        return found

    def delete(self, request: Request) -> Event:
        deleted: Event = self._base.delete(_without_own(request))
        return deleted

    def update(self, request: Request) -> Event:
        previous: dict[str, Any] = dict(request.previous_state or {})
        return reported(lambda: self._update(request, previous), failed_model=previous)

    def _update(self, request: Request, previous: dict[str, Any]) -> dict[str, Any]:
        extension = self._extension
        after, before = accepted_properties(self._schema, request.desired_state), specified_properties(previous)
        self._refuse_fixed(before, after)
        caller = Caller(extension.service, request.account_id, request.region_name)
        properties = {**previous, **{name: None for name in before if name not in after}, **after}
        for call in extension.updates:
            if changes_of(call, before, after):
                caller.make(call, properties, before)
        if extension.tags:
            caller.change_tags(extension.tags, properties, before)
        kept = {name: value for name, value in properties.items() if value is not None}
        return extended_model(kept, after)

    def _refuse_fixed(self, before: Properties, after: Properties) -> None:
        extension = self._extension
        changeable = {name for call in extension.updates for name in call.properties or ()}
        changeable |= {extension.tags.property} if extension.tags else set()
        fixed = sorted(changed_properties(before, after) - changeable)
        if fixed:
            raise RefusedError(f"{extension.type_name}: the properties {', '.join(fixed)} cannot be changed in place")


def _without_own(request: Request) -> Request:
    """The request as LocalStack's providers know it."""
    previous = request.previous_state
    return replace(
        request,
        desired_state=without_own(request.desired_state),
        previous_state=without_own(previous) if previous is not None else None,
    )


@cache
def _base(place: str) -> Any:
    module, name = place.split(":")
    return getattr(import_module(f"localstack.services.{module}"), name)()
