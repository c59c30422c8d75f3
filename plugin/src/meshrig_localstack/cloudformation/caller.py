"""Makes declared calls against the services, through the same gateway as any client."""

from collections.abc import Mapping
from typing import Any

import jmespath
from botocore.exceptions import ClientError
from localstack.aws.connect import connect_to

from meshrig_localstack.cloudformation.changes import changed_properties
from meshrig_localstack.cloudformation.declaration import Call, Each, Properties, Read, Tags
from meshrig_localstack.cloudformation.deployer import access_key
from meshrig_localstack.cloudformation.parameters import NO_PROPERTIES, identity_parameters, request_parameters
from meshrig_localstack.cloudformation.parameters import taken_properties as taken

GONE_CODES = ("NotFound", "ResourceNotFoundException", "NoSuchEntity")


class Caller:
    """The calls to one service, for one account and region."""

    def __init__(self, service: str, account_id: str, region: str) -> None:
        self._client = connect_to(aws_access_key_id=access_key(account_id), region_name=region).get_client(service)

    def make(self, call: Call, new: Properties, old: Properties = NO_PROPERTIES) -> Mapping[str, Any]:
        """Raises botocore's ClientError and ParamValidationError, and NotInApiError."""
        operation = self._operation(call.operation)
        answer: Mapping[str, Any] = self._call(call.operation, request_parameters(call, operation, new, old))
        return answer

    def taken(self, call: Call, properties: Properties) -> frozenset[str]:
        """The properties the call sends."""
        return frozenset(taken(call, self._operation(call.operation), properties))

    def read(self, read: Read, properties: Properties) -> Mapping[str, Any]:
        """The resource as the service describes it; empty when it describes none."""
        answer = self._call(read.operation, identity_parameters(read.identity, properties))
        return jmespath.search(read.result, answer) or {}

    def change_items(self, each: Each, new: Properties, old: Properties) -> None:
        """Removes the items that are gone or different, then adds those that are new or different."""
        before = {_key(each, item): item for item in old.get(each.property) or ()}
        after = {_key(each, item): item for item in new.get(each.property) or ()}
        for key, item in before.items():
            if after.get(key) != item:
                self.make(each.remove, {**new, **item})
        for key, item in after.items():
            if before.get(key) != item:
                self.make(each.add, {**new, **item})

    def change_tags(self, tags: Tags, new: Properties, old: Properties) -> None:
        """Removes tags whose key is gone, sets the others that differ."""
        before, after = _tag_map(old.get(tags.property)), _tag_map(new.get(tags.property))
        changed = {key: value for key, value in after.items() if before.get(key) != value}
        gone = sorted(set(before) - set(after))
        if gone:
            parameters = identity_parameters(tags.resource, new)
            keys = [{"Key": key} for key in gone] if tags.keys_as_tags else gone
            self._call(tags.remove, {**parameters, tags.keys_parameter: keys})
        if changed:
            add = Call(
                tags.add, tags.resource, properties=(tags.property,), rename={tags.property: tags.tags_parameter}
            )
            as_listed = [{"Key": key, "Value": value} for key, value in changed.items()]
            self.make(add, {**new, tags.property: as_listed})

    def _operation(self, name: str) -> Any:
        return self._client.meta.service_model.operation_model(name)

    def _call(self, operation: str, parameters: dict[str, Any]) -> Any:
        names = {api: method for method, api in self._client.meta.method_to_api_mapping.items()}
        return getattr(self._client, names[operation])(**parameters)


def is_gone(error: ClientError) -> bool:
    """True for the many codes AWS services say "there is no such resource" with."""
    code = str(error.response["Error"].get("Code", ""))
    return any(gone.lower() in code.lower() for gone in GONE_CODES)


def changes_of(call: Call, before: Properties, after: Properties) -> frozenset[str]:
    """The changed properties an update call is there for."""
    return changed_properties(before, after) & frozenset(call.properties or ())


def _key(each: Each, item: Mapping[str, Any]) -> tuple[str, ...]:
    return tuple(str(item.get(name)) for name in each.key)


def _tag_map(tags: Any) -> Mapping[str, str]:
    if isinstance(tags, list):
        return {entry["Key"]: entry["Value"] for entry in tags}
    return tags or {}
