"""What one Envoy should have: resources by type and name, each with a version that is a hash of its bytes."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property

from google.protobuf.any_pb2 import Any
from google.protobuf.message import Message

_TYPES = "type.googleapis.com/envoy."
CLUSTER = f"{_TYPES}config.cluster.v3.Cluster"
ENDPOINT = f"{_TYPES}config.endpoint.v3.ClusterLoadAssignment"
SECRET = f"{_TYPES}extensions.transport_sockets.tls.v3.Secret"
LISTENER = f"{_TYPES}config.listener.v3.Listener"
ROUTE = f"{_TYPES}config.route.v3.RouteConfiguration"

# Make before break: what others refer to comes first (Envoy docs, "xDS protocol: eventual consistency considerations").
ORDER = (CLUSTER, ENDPOINT, SECRET, LISTENER, ROUTE)
# Envoy asks for all of these, and by name for the others.
WILDCARD_TYPES = frozenset({CLUSTER, LISTENER})
# Nothing may point at a cluster that isn't there yet, so these wait for the ones they refer to.
REFERRING_TYPES = frozenset({LISTENER, ROUTE})


@dataclass(frozen=True)
class Resource:
    """A resource packed once: ``version`` changes with its content only."""

    name: str
    version: str
    packed: Any


@dataclass(frozen=True)
class Snapshot:
    """All resources of one Envoy, by name."""

    listeners: Mapping[str, Message] = field(default_factory=dict)
    clusters: Mapping[str, Message] = field(default_factory=dict)
    endpoints: Mapping[str, Message] = field(default_factory=dict)
    routes: Mapping[str, Message] = field(default_factory=dict)
    secrets: Mapping[str, Message] = field(default_factory=dict)

    @cached_property
    def resources(self) -> Mapping[str, Mapping[str, Resource]]:
        """Type URL -> name -> packed resource."""
        by_type = {
            CLUSTER: self.clusters,
            ENDPOINT: self.endpoints,
            SECRET: self.secrets,
            LISTENER: self.listeners,
            ROUTE: self.routes,
        }
        return {url: {name: _pack(name, message) for name, message in found.items()} for url, found in by_type.items()}


def _pack(name: str, message: Message) -> Resource:
    content = message.SerializeToString(deterministic=True)
    packed = Any(type_url=f"type.googleapis.com/{message.DESCRIPTOR.full_name}", value=content)
    return Resource(name, hashlib.sha256(content).hexdigest()[:16], packed)
