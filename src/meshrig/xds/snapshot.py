"""What one Envoy should have: resources by type and name, each with a version that is a hash of its bytes."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property

from google.protobuf.any_pb2 import Any
from google.protobuf.message import Message

from meshrig.xds.references import (
    CLUSTER,
    ENDPOINT,
    LISTENER,
    ROUTE,
    SCOPED_ROUTE,
    SECRET,
    Reference,
    find_references,
)

# Make before break: what others refer to comes first (Envoy docs, "xDS protocol: eventual consistency considerations").
ORDER = (CLUSTER, ENDPOINT, SECRET, LISTENER, SCOPED_ROUTE, ROUTE)
# Envoy asks for all of these, and by name for the others.
WILDCARD_TYPES = frozenset({CLUSTER, LISTENER, SCOPED_ROUTE})
# Nothing may point at a cluster that isn't there yet, so these wait for the ones they refer to.
REFERRING_TYPES = frozenset({LISTENER, SCOPED_ROUTE, ROUTE})


@dataclass(frozen=True)
class Resource:
    """A resource packed once: ``version`` changes with its content only."""

    name: str
    version: str
    packed: Any = field(repr=False)
    references: frozenset[Reference] = frozenset()


@dataclass(frozen=True)
class Snapshot:
    """All resources of one Envoy, by name."""

    listeners: Mapping[str, Message] = field(default_factory=dict)
    clusters: Mapping[str, Message] = field(default_factory=dict)
    endpoints: Mapping[str, Message] = field(default_factory=dict)
    routes: Mapping[str, Message] = field(default_factory=dict)
    secrets: Mapping[str, Message] = field(default_factory=dict, repr=False)
    scopes: Mapping[str, Message] = field(default_factory=dict)

    @cached_property
    def resources(self) -> Mapping[str, Mapping[str, Resource]]:
        """Type URL -> name -> packed resource."""
        by_type = {
            CLUSTER: self.clusters,
            ENDPOINT: self.endpoints,
            SECRET: self.secrets,
            LISTENER: self.listeners,
            SCOPED_ROUTE: self.scopes,
            ROUTE: self.routes,
        }
        return {url: {name: _pack(name, message) for name, message in found.items()} for url, found in by_type.items()}

    @cached_property
    def references(self) -> Mapping[str, frozenset[str]]:
        """Type URL -> names that the listeners, their scopes and the clusters make an Envoy ask for."""
        found = [
            reference
            for url in WILDCARD_TYPES
            for owner in self.resources[url].values()
            for reference in owner.references
        ]
        return {url: frozenset(name for of, name in found if of == url) for url in ORDER}

    @cached_property
    def version(self) -> str:
        """A hash of all resources' versions."""
        parts = [
            f"{url} {name} {of[name].version}" for url, of in sorted(self.resources.items()) for name in sorted(of)
        ]
        return hashlib.sha256("\n".join(parts).encode()).hexdigest()[:16]


def _pack(name: str, message: Message) -> Resource:
    content = message.SerializeToString(deterministic=True)
    packed = Any(type_url=f"type.googleapis.com/{message.DESCRIPTOR.full_name}", value=content)
    version = hashlib.sha256(content).hexdigest()[:16]
    owner = packed.type_url in WILDCARD_TYPES
    return Resource(name, version, packed, find_references(message) if owner else frozenset())
