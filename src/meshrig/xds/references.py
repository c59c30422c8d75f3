"""Which routes, endpoints and secrets a listener or a cluster makes its Envoy ask for."""

from collections.abc import Iterator
from operator import attrgetter
from typing import cast

from google.protobuf import symbol_database
from google.protobuf.any_pb2 import Any
from google.protobuf.descriptor import FieldDescriptor
from google.protobuf.message import Message

_TYPES = "type.googleapis.com/envoy."
CLUSTER = f"{_TYPES}config.cluster.v3.Cluster"
ENDPOINT = f"{_TYPES}config.endpoint.v3.ClusterLoadAssignment"
SECRET = f"{_TYPES}extensions.transport_sockets.tls.v3.Secret"
LISTENER = f"{_TYPES}config.listener.v3.Listener"
SCOPED_ROUTE = f"{_TYPES}config.route.v3.ScopedRouteConfiguration"
ROUTE = f"{_TYPES}config.route.v3.RouteConfiguration"

# Message -> the type it asks for, where it says from whom ("" where its listener does), and where the name is (the
# first that isn't empty).
_REFERRING = {
    "envoy.extensions.filters.network.http_connection_manager.v3.Rds": (ROUTE, "config_source", ("route_config_name",)),
    "envoy.extensions.transport_sockets.tls.v3.SdsSecretConfig": (SECRET, "sds_config", ("name",)),
    "envoy.config.cluster.v3.Cluster": (
        ENDPOINT,
        "eds_cluster_config.eds_config",
        ("eds_cluster_config.service_name", "name"),
    ),
    "envoy.config.route.v3.ScopedRouteConfiguration": (ROUTE, "", ("route_configuration_name",)),
}

Reference = tuple[str, str]
"""Type URL and resource name."""


def find_references(message: Message) -> frozenset[Reference]:
    """Every (type URL, name) that this resource subscribes to. An ``Any`` of a type not loaded is not looked into."""
    return frozenset(_walk(message))


def _walk(message: Message) -> Iterator[Reference]:
    yield from _own(message)
    if isinstance(message, Any):
        inner = _unpacked(message)
        if inner is not None:
            yield from _walk(inner)
        return
    for descriptor, value in message.ListFields():
        for child in _children(descriptor, value):
            yield from _walk(child)


def _own(message: Message) -> Iterator[Reference]:
    """The reference this very message makes, if it is to be fetched over ADS (not from a file, say)."""
    shape = _REFERRING.get(message.DESCRIPTOR.full_name)
    if shape is None:
        return
    url, source, names = shape
    if not source or cast("Message", attrgetter(source)(message)).HasField("ads"):
        yield url, next(filter(None, (str(attrgetter(path)(message)) for path in names)), "")


def _children(descriptor: FieldDescriptor, value: object) -> Iterator[Message]:
    if isinstance(value, Message):
        yield value
    elif descriptor.message_type is not None:
        values = value.values() if hasattr(value, "values") else value
        for child in cast("list[object]", values):
            if isinstance(child, Message):
                yield child


def _unpacked(packed: Any) -> Message | None:
    try:
        made = symbol_database.Default().GetSymbol(packed.TypeName())()
    except KeyError:
        return None
    made.ParseFromString(packed.value)
    return made
