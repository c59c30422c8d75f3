"""Builders of JSON patch operations, API Gateway's way of updating."""

from collections.abc import Callable, Mapping
from typing import Any

from meshrig_localstack.cloudformation.declaration import Call, Parameters


def patch(path: str) -> Callable[[Any, Any], Parameters]:
    """Replaces one member of the resource; removes it when the property is gone."""

    def build(new: Any, _old: Any) -> Parameters:
        if new is None:
            return {"patchOperations": [{"op": "remove", "path": path}]}
        return {"patchOperations": [replace(path, new)]}

    return build


def patch_map(path: str) -> Callable[[Any, Any], Parameters]:
    """Changes the entries of a map member one by one."""

    def build(new: Any, old: Any) -> Parameters:
        gone = [{"op": "remove", "path": f"{path}/{key}"} for key in old or {} if key not in (new or {})]
        changed = [
            replace(f"{path}/{key}", value) for key, value in (new or {}).items() if (old or {}).get(key) != value
        ]
        return {"patchOperations": gone + changed}

    return build


def patch_list(path: str) -> Callable[[Any, Any], Parameters]:
    """Adds and removes the values of a list member."""

    def build(new: Any, old: Any) -> Parameters:
        added = [{"op": "add", "path": path, "value": value} for value in new or () if value not in (old or ())]
        gone = [{"op": "remove", "path": path, "value": value} for value in old or () if value not in (new or ())]
        return {"patchOperations": added + gone}

    return build


def replace(path: str, value: Any) -> dict[str, str]:
    text = str(value).lower() if isinstance(value, bool) else str(value)
    return {"op": "replace", "path": path, "value": text}


def one_by_one(
    operation: str, identity: Mapping[str, str], builds: Mapping[str, Callable[[Any, Any], Parameters]]
) -> tuple[Call, ...]:
    """One update call per property, so that only what changed is sent."""
    return tuple(Call(operation, identity, (name,), build={name: build}) for name, build in builds.items())
