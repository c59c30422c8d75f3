"""Decides what becomes of a Docker request: answered here, a manifest to store, or passed to the registry. No sockets.

The account and region of a request come, in this order, from

1. the registry's name in parameter ``ns``: nodes, whose containerd pulls
   <account>.dkr.ecr.<region>.amazonaws.com/<name> through a mirror in hosts.toml;
2. the same name as Host;
3. the start of the repository's path, <account>/<region>/<name>: for clients with neither, such as a node that pulls
   names of MESHRIG_ECR_HOST (override_path in hosts.toml);
4. the password: ``docker push localhost:4510/<name>`` goes where the login belongs.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from urllib.parse import urlencode, urlsplit

from meshrig_localstack.services.ecr.docker.access import Caller, read_caller
from meshrig_localstack.services.ecr.docker.answers import Answer, DockerError, json_answer, name_unknown, refused
from meshrig_localstack.services.ecr.docker.routes import (
    METHODS,
    DockerRequest,
    Kind,
    Route,
    read_place,
    read_route,
    split_name,
)
from meshrig_localstack.services.ecr.inventory import visible_tags
from meshrig_localstack.services.ecr.manifests import Manifest
from meshrig_localstack.services.ecr.parts import EcrParts
from meshrig_localstack.services.ecr.pushes import BadReferenceError, ImmutableTagError
from meshrig_localstack.services.ecr.registry import RegistryRefusalError
from meshrig_localstack.services.ecr.repositories import Place, Repository, find_repository


@dataclass(frozen=True)
class Forward:
    """A request to be passed to the registry as ``target``, body and all."""

    route: Route
    repository: Repository
    target: str
    namespace: str | None

    def client_location(self, location: str) -> str:
        """An upload's place as the client must ask for it, here."""
        parts = urlsplit(location)
        prefix = f"/v2/{self.repository.path}/"
        if not parts.path.startswith(prefix):
            return location
        queries = [parts.query] if parts.query else []
        if self.namespace is not None:
            queries.append(urlencode({"ns": self.namespace}))
        query = f"?{'&'.join(queries)}" if queries else ""
        return f"/v2/{self.route.name}/{parts.path.removeprefix(prefix)}{query}"


@dataclass(frozen=True)
class ManifestPush:
    """A manifest to be read from the request and stored."""

    route: Route
    repository: Repository
    media_type: str


class DockerEndpoint:
    """The rules of ECR's Docker endpoint."""

    def __init__(self, parts: EcrParts) -> None:
        self._parts = parts

    def decide(self, request: DockerRequest) -> Answer | Forward | ManifestPush:
        """What to do with a request; DockerError refuses it."""
        caller = read_caller(
            request.headers.get("authorization", ""), self._parts.settings, self._parts.tokens, datetime.now(UTC)
        )
        route = read_route(request.path)
        if route is None:
            raise DockerError(404, "UNSUPPORTED", f"{request.path} is not a path of the Registry v2 protocol")
        if request.method not in METHODS[route.kind]:
            raise DockerError(405, "UNSUPPORTED", f"{request.method} is not supported here")
        if route.kind is Kind.BASE:
            return json_answer(200, {})
        repository = self._repository(request, route, caller)
        if route.kind is Kind.TAGS:
            return self._tags(request, route, repository)
        if route.kind is Kind.MANIFEST and request.pushes:
            return ManifestPush(route, repository, request.headers.get("content-type", ""))
        query = self._query(request, repository, caller)
        kind_path = request.path.removeprefix(f"/v2/{route.name}/")
        target = f"/v2/{repository.path}/{kind_path}" + (f"?{urlencode(query)}" if query else "")
        return Forward(route, repository, target, request.query.get("ns"))

    def push_manifest(self, push: ManifestPush, content: bytes) -> Answer:
        """Stores a manifest under the reference in its path."""
        manifest = Manifest(content, push.media_type)
        try:
            self._parts.images.push(push.repository, push.route.item, manifest)
        except ImmutableTagError as problem:
            raise DockerError(400, "TAG_INVALID", str(problem)) from problem
        except BadReferenceError as problem:
            code = "DIGEST_INVALID" if ":" in push.route.item else "TAG_INVALID"
            raise DockerError(400, code, str(problem)) from problem
        except RegistryRefusalError as refusal:
            raise refused(refusal) from refusal
        headers = {
            "Location": f"/v2/{push.route.name}/manifests/{manifest.digest}",
            "Docker-Content-Digest": manifest.digest,
        }
        return Answer(201, b"", headers)

    def _repository(self, request: DockerRequest, route: Route, caller: Caller) -> Repository:
        place, name = _resolve(read_place(request), route.name, caller)
        action = "PutImage" if request.pushes else "BatchGetImage"
        if request.pushes and not caller.may_push:
            raise DockerError(403, "DENIED", "A node may pull and not push: log in as a user")
        repository = find_repository(place, name)
        arn = f"arn:aws:ecr:{place.region}:{place.account}:repository/{name}" if repository is None else repository.arn
        caller.check(place, arn, action)
        if repository is None:
            raise name_unknown(name, place)
        return repository

    def _tags(self, request: DockerRequest, route: Route, repository: Repository) -> Answer:
        """Without records; pages by ``n`` and ``last``."""
        tags = visible_tags(self._parts.images.registry.list_tags(repository.path))
        rest = [tag for tag in tags if tag > request.query.get("last", "")]
        limit = request.query.get("n", "")
        headers: dict[str, str] = {}
        if limit.isascii() and limit.isdigit() and 0 < int(limit) < len(rest):
            rest = rest[: int(limit)]
            headers["Link"] = f'<{request.path}?{urlencode({"n": limit, "last": rest[-1]})}>; rel="next"'
        return json_answer(200, {"name": route.name, "tags": rest}, headers)

    def _query(self, request: DockerRequest, repository: Repository, caller: Caller) -> Mapping[str, str]:
        """The parameters for the registry. A mount from a repository of another account becomes a plain upload."""
        query = {name: value for name, value in request.query.items() if name != "ns"}
        source = query.pop("from", None)
        digest = query.pop("mount", None)
        if source is None or digest is None:
            return query
        place, name = _resolve(read_place(request), source, caller)
        found = find_repository(place, name)
        if found is None or place.account != repository.place.account:
            return query
        return {**query, "mount": digest, "from": found.path}


def _resolve(place: Place | None, name: str, caller: Caller) -> tuple[Place, str]:
    if place is not None:
        return place, name
    named, rest = split_name(name)
    if named is not None:
        return named, rest
    if caller.home is not None:
        return caller.home, name
    text = f"'{name}' names no account and region: ask for <account>/<region>/{name}, or with ns=<registry's host>"
    raise DockerError(404, "NAME_UNKNOWN", text)
