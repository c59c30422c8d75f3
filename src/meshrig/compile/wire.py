"""Protobuf spellings that every Envoy resource needs."""

from datetime import timedelta
from typing import Any

from envoy.config.core.v3 import config_source_pb2
from google.protobuf import any_pb2
from google.protobuf.message import Message

from meshrig.model.plan import Endpoint


def pack(message: Message) -> any_pb2.Any:
    """The message as ``Any``, with map entries in a fixed order."""
    packed = any_pb2.Any()
    packed.Pack(message, deterministic=True)
    return packed


def named(name: str, config: Message) -> dict[str, Any]:
    """An extension: its name and typed configuration (the agent's runtime forbids look-up by name)."""
    return {"name": name, "typed_config": pack(config)}


def milliseconds(value: int) -> timedelta:
    return timedelta(milliseconds=value)


def from_ads() -> config_source_pb2.ConfigSource:
    """The resource comes over the one aggregated stream."""
    return config_source_pb2.ConfigSource(ads={}, resource_api_version="V3")


def socket_address(endpoint: Endpoint) -> dict[str, Any]:
    return {"socket_address": {"address": endpoint.address, "port_value": endpoint.port}}
