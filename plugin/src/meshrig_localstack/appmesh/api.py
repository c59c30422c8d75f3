"""The 38 operations of App Mesh: seven kinds times create, describe, update, delete and list, and three for tags."""

import threading
import uuid
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime

from localstack.services.stores import AccountRegionBundle

from meshrig_localstack.appmesh.arns import build_arn, place_of
from meshrig_localstack.appmesh.errors import (
    BadRequestException,
    ConflictException,
    ForbiddenException,
    LimitExceededException,
    NotFoundException,
    invalid,
)
from meshrig_localstack.appmesh.idempotency import TokenKey, forget, remember, replayed
from meshrig_localstack.appmesh.kinds import BACKENDS_PER_VIRTUAL_NODE, KINDS, MESH, VIRTUAL_NODE, Kind
from meshrig_localstack.appmesh.protocol_rules import protocol_problems
from meshrig_localstack.appmesh.references import check_not_in_use, check_references_exist
from meshrig_localstack.appmesh.resources import AppMeshStore, Resource, ResourceKey
from meshrig_localstack.appmesh.rules import spec_problems
from meshrig_localstack.appmesh.service_model import JsonObject, operation_model
from meshrig_localstack.appmesh.tags import MAX_TAGS, merged, tag_list, tag_map, tag_problems
from meshrig_localstack.paging import BadTokenError, Page, page_of
from meshrig_localstack.shapes import shape_problems, without_nulls

MAX_LIST_PAGE = 100


@dataclass(frozen=True)
class Caller:
    """Who calls, and the region called."""

    account: str
    region: str


class AppMeshApi:
    """Answers parsed requests with answers in the shape of the API model; every failure is an AppMeshError.

    A mesh lives in its owner's store together with everything in it. LocalStack without an account has no resource
    sharing, so every mesh counts as shared with all accounts: ``meshOwner`` alone opens it. A resource can be changed
    by the account that made it only.
    """

    def __init__(self, stores: AccountRegionBundle) -> None:
        self._stores = stores
        self._lock = threading.RLock()
        self._handlers: dict[str, Callable[[Caller, JsonObject], JsonObject]] = {
            "TagResource": self._tag,
            "UntagResource": self._untag,
            "ListTagsForResource": self._list_tags,
        }
        for kind in KINDS:
            self._add_handlers(kind)

    @property
    def operations(self) -> tuple[str, ...]:
        """The names of all operations that are answered."""
        return tuple(self._handlers)

    def call(self, operation: str, caller: Caller, request: JsonObject) -> JsonObject:
        """Validates a request and answers it; one operation at a time, so that each is atomic."""
        input_shape = operation_model(operation).input_shape
        if input_shape is not None:
            _check_rules(list(shape_problems(input_shape, request)))
        present = {name: without_nulls(member) for name, member in request.items() if member is not None}
        with self._lock:
            return self._handlers[operation](caller, present)

    def _add_handlers(self, kind: Kind) -> None:
        verbs = {"Create": self._create, "Describe": self._describe, "Update": self._update, "Delete": self._delete}
        for verb, handler in verbs.items():
            self._handlers[f"{verb}{kind.noun}"] = _bound(handler, kind)
        self._handlers[f"List{kind.plural}"] = _bound(self._list, kind)

    def _create(self, kind: Kind, caller: Caller, request: JsonObject) -> JsonObject:
        tags, spec = request.get("tags") or [], request.get("spec") or {}
        _check_rules([*spec_problems(kind, spec), *tag_problems(tags)])
        store, mesh_owner = self._store(caller, request)
        token = _token(caller, f"Create{kind.noun}", request)
        if token and (answer := replayed(store, token, request)):
            return answer
        key = _key(kind, request)
        _check_home(store, key)
        if key in store.resources:
            raise ConflictException(f"{key} already exists{_in_mesh(key)}")
        _check_quota(store, key)
        _check_spec(store, key, spec)
        now, resource_owner = datetime.now(UTC), caller.account
        arn = build_arn(key, caller.region, mesh_owner, resource_owner)
        uid = str(uuid.uuid4())
        resource = Resource(key, arn, uid, mesh_owner, resource_owner, spec, now, now, tags=tag_map(tags))
        return _written(store, resource, token, request)

    def _describe(self, kind: Kind, caller: Caller, request: JsonObject) -> JsonObject:
        store, _ = self._store(caller, request)
        return {kind.member: _existing(store, _key(kind, request)).data()}

    def _update(self, kind: Kind, caller: Caller, request: JsonObject) -> JsonObject:
        spec = request.get("spec") or {}
        _check_rules(spec_problems(kind, spec))
        store, _ = self._store(caller, request)
        token = _token(caller, f"Update{kind.noun}", request)
        if token and (answer := replayed(store, token, request)):
            return answer
        resource = _existing(store, _key(kind, request))
        _check_owner(resource, caller)
        _check_spec(store, resource.key, spec)
        return _written(store, resource.updated(spec), token, request)

    def _delete(self, kind: Kind, caller: Caller, request: JsonObject) -> JsonObject:
        store, _ = self._store(caller, request)
        resource = _existing(store, _key(kind, request))
        _check_owner(resource, caller)
        check_not_in_use(store, resource.key)
        del store.resources[resource.key]
        forget(store, resource.uid)
        return {kind.member: resource.data(status="DELETED")}

    def _list(self, kind: Kind, caller: Caller, request: JsonObject) -> JsonObject:
        store, _ = self._store(caller, request)
        if kind == MESH:
            found = list(store.of_kind(kind))
        else:
            parent = request[kind.parent.name_member] if kind.parent else None
            _check_home(store, ResourceKey(kind, request["meshName"], "", parent))
            found = list(store.of_kind(kind, request["meshName"], parent))
        page = _page(found, _name, request.get("limit") or MAX_LIST_PAGE, request.get("nextToken"))
        return _page_answer(kind.list_member, [resource.ref() for resource in page.items], page.next_token)

    def _tag(self, caller: Caller, request: JsonObject) -> JsonObject:
        _check_rules(list(tag_problems(request["tags"])))
        store, resource = self._by_arn(caller, request["resourceArn"])
        tags = merged(resource.tags, tag_map(request["tags"]))
        store.resources[resource.key] = replace(resource, tags=tags)
        return {}

    def _untag(self, caller: Caller, request: JsonObject) -> JsonObject:
        store, resource = self._by_arn(caller, request["resourceArn"])
        tags = {key: value for key, value in resource.tags.items() if key not in request["tagKeys"]}
        store.resources[resource.key] = replace(resource, tags=tags)
        return {}

    def _list_tags(self, caller: Caller, request: JsonObject) -> JsonObject:
        _, resource = self._by_arn(caller, request["resourceArn"])
        limit = request.get("limit") or MAX_TAGS
        page = _page(tag_list(resource.tags), lambda tag: tag["key"], limit, request.get("nextToken"))
        return _page_answer("tags", list(page.items), page.next_token)

    def _store(self, caller: Caller, request: JsonObject) -> tuple[AppMeshStore, str]:
        owner = request.get("meshOwner") or caller.account
        return self._store_of(owner, caller.region), owner

    def _store_of(self, account: str, region: str) -> AppMeshStore:
        try:
            store: AppMeshStore = self._stores[account][region]
        except ValueError as problem:
            raise BadRequestException(
                f"no App Mesh in region {region!r} of account {account!r}: {problem}"
            ) from problem
        return store

    def _by_arn(self, caller: Caller, arn: str) -> tuple[AppMeshStore, Resource]:
        place = place_of(arn)
        if place.region != caller.region:
            raise BadRequestException(f"resourceArn is of region {place.region!r}, called in {caller.region!r}: {arn}")
        store = self._store_of(place.mesh_owner, place.region)
        for resource in store.resources.values():
            if resource.arn == arn:
                return store, resource
        raise NotFoundException(f"No resource has the ARN {arn}")


def _bound(
    handler: Callable[[Kind, Caller, JsonObject], JsonObject], kind: Kind
) -> Callable[[Caller, JsonObject], JsonObject]:
    return lambda caller, request: handler(kind, caller, request)


def _key(kind: Kind, request: JsonObject) -> ResourceKey:
    parent = request[kind.parent.name_member] if kind.parent else None
    return ResourceKey(kind, request["meshName"], request[kind.name_member], parent)


def _token(caller: Caller, operation: str, request: JsonObject) -> TokenKey | None:
    token = request.get("clientToken")
    return (caller.account, operation, token) if token else None


def _written(store: AppMeshStore, resource: Resource, token: TokenKey | None, request: JsonObject) -> JsonObject:
    store.resources[resource.key] = resource
    answer = {resource.key.kind.member: resource.data()}
    if token:
        remember(store, token, request, answer, resource.uid)
    return answer


def _existing(store: AppMeshStore, key: ResourceKey) -> Resource:
    _check_home(store, key)
    resource = store.resources.get(key)
    if resource is None:
        raise NotFoundException(f"{key} does not exist{_in_mesh(key)}")
    return resource


def _check_home(store: AppMeshStore, key: ResourceKey) -> None:
    """NotFoundException unless the mesh, and the router or gateway, that a resource lives in exist."""
    homes = [] if key.kind == MESH else [ResourceKey(MESH, key.mesh, key.mesh)]
    if key.kind.parent and key.parent:
        homes.append(ResourceKey(key.kind.parent, key.mesh, key.parent))
    for home in homes:
        if home not in store.resources:
            raise NotFoundException(f"{home} does not exist{_in_mesh(home)}")


def _check_rules(problems: list[str]) -> None:
    if problems:
        raise invalid(problems)


def _check_spec(store: AppMeshStore, key: ResourceKey, spec: JsonObject) -> None:
    check_references_exist(store, key, spec)
    _check_rules(list(protocol_problems(store, key, spec)))
    backends = len(spec.get("backends") or []) if key.kind == VIRTUAL_NODE else 0
    if backends > BACKENDS_PER_VIRTUAL_NODE:
        raise LimitExceededException(f"{key} would have {backends} backends; the quota is {BACKENDS_PER_VIRTUAL_NODE}")


def _check_quota(store: AppMeshStore, key: ResourceKey) -> None:
    mesh = None if key.kind == MESH else key.mesh
    if sum(1 for _ in store.of_kind(key.kind, mesh, key.parent)) >= key.kind.quota:
        raise LimitExceededException(f"{key} would exceed the quota of {key.kind.quota} {key.kind.plural}")


def _check_owner(resource: Resource, caller: Caller) -> None:
    if resource.resource_owner != caller.account:
        raise ForbiddenException(f"{resource.key} belongs to account {resource.resource_owner}, not {caller.account}")


def _in_mesh(key: ResourceKey) -> str:
    return "" if key.kind == MESH else f" in mesh {key.mesh}"


def _name(resource: Resource) -> str:
    return resource.key.name


def _page[Item](items: Sequence[Item], key: Callable[[Item], str], limit: int, token: str | None) -> Page[Item]:
    try:
        return page_of(items, key, limit, token)
    except BadTokenError as problem:
        raise BadRequestException(str(problem)) from problem


def _page_answer(member: str, items: list[JsonObject], next_token: str | None) -> JsonObject:
    return {member: items} if next_token is None else {member: items, "nextToken": next_token}
