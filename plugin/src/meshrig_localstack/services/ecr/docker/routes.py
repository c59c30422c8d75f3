"""Reads Registry v2 paths (distribution.github.io/distribution/spec/api) and what they name."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import Enum
from urllib.parse import parse_qsl, urlsplit

from meshrig_localstack.services.ecr.repositories import Place

COMPONENT = r"[a-z0-9]+(?:[._-]+[a-z0-9]+)*"
NAME = rf"{COMPONENT}(?:/{COMPONENT})*"
REFERENCE = r"[A-Za-z0-9_][A-Za-z0-9._:+-]*"
REGISTRY_HOST = re.compile(r"(\d{12})\.dkr\.ecr\.([a-z0-9-]+)\..+")
"""<account>.dkr.ecr.<region>.amazonaws.com, and the same below any other domain (ECR user guide, Registries)."""

PLACE_IN_NAME = re.compile(r"(\d{12})/([a-z]{2}(?:-[a-z]+)+-\d)/(.+)")


class Kind(Enum):
    """What a path is about."""

    BASE = re.compile(r"/v2/?")
    TAGS = re.compile(rf"/v2/(?P<name>{NAME})/tags/list")
    MANIFEST = re.compile(rf"/v2/(?P<name>{NAME})/manifests/(?P<item>{REFERENCE})")
    UPLOADS = re.compile(rf"/v2/(?P<name>{NAME})/blobs/uploads/?")
    UPLOAD = re.compile(rf"/v2/(?P<name>{NAME})/blobs/uploads/(?P<item>[A-Za-z0-9_=-]+)")
    BLOB = re.compile(rf"/v2/(?P<name>{NAME})/blobs/(?P<item>{REFERENCE})")


METHODS: Mapping[Kind, Sequence[str]] = {
    Kind.BASE: ("GET", "HEAD"),
    Kind.TAGS: ("GET",),
    Kind.MANIFEST: ("GET", "HEAD", "PUT"),
    Kind.UPLOADS: ("POST",),
    Kind.UPLOAD: ("GET", "PATCH", "PUT", "DELETE"),
    Kind.BLOB: ("GET", "HEAD"),
}
"""ECR deletes nothing by this protocol."""


@dataclass(frozen=True)
class DockerRequest:
    """One request's head; header names are in lower case."""

    method: str
    target: str
    headers: Mapping[str, str]

    @property
    def path(self) -> str:
        """Without the query."""
        return urlsplit(self.target).path

    @property
    def query(self) -> dict[str, str]:
        """The parameters."""
        return dict(parse_qsl(urlsplit(self.target).query, keep_blank_values=True))

    @property
    def pushes(self) -> bool:
        """Whether it is part of a push."""
        return self.method not in ("GET", "HEAD")


@dataclass(frozen=True)
class Route:
    """``name`` is the repository as the client calls it; ``item`` a reference, digest or upload."""

    kind: Kind
    name: str = ""
    item: str = ""


def read_route(path: str) -> Route | None:
    """The route of a path, None for one that is not ours."""
    for kind in Kind:
        match = kind.value.fullmatch(path)
        if match is not None:
            return Route(kind, **match.groupdict())
    return None


def read_place(request: DockerRequest) -> Place | None:
    """The account and region that the request names by its registry's host.

    containerd asks a mirror with the registry's name as parameter ``ns`` (containerd's docs/hosts.md); anybody whose
    resolver or proxy leads the registry's name here sends it as Host.
    """
    for host in (request.query.get("ns", ""), request.headers.get("host", "")):
        match = REGISTRY_HOST.fullmatch(host)
        if match is not None:
            return Place(match[1], match[2])
    return None


def split_name(name: str) -> tuple[Place | None, str]:
    """Account and region in front of a repository's name, if they are."""
    match = PLACE_IN_NAME.fullmatch(name)
    return (None, name) if match is None else (Place(match[1], match[2]), match[3])
