"""Every name that a configuration refers to, found by walking its resources."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import yaml

from meshrig.compile.static import to_yaml
from meshrig.model.plan import ProxyConfig

_ROUTE_KEYS = ("route_config_name", "route_configuration_name")


@dataclass(frozen=True)
class References:
    clusters: frozenset[str]
    routes: frozenset[str]
    secrets: frozenset[str]
    eds: frozenset[str]


def references_of(config: ProxyConfig) -> References:
    document = yaml.safe_load(to_yaml(config))
    found = list(_walk({key: document.get(key) for key in ("listeners", "routes", "scopes", "clusters")}))
    return References(
        clusters=frozenset(value for key, value in found if key == "cluster" and isinstance(value, str)),
        routes=frozenset(str(value) for key, value in found if key in _ROUTE_KEYS),
        secrets=frozenset(value["name"] for key, value in found if isinstance(value, dict) and "sds_config" in value),
        eds=frozenset(c["name"] for c in document.get("clusters", []) if c.get("type") == "EDS"),
    )


def _walk(value: Any) -> Iterator[tuple[str, Any]]:
    if isinstance(value, dict):
        for key, item in value.items():
            yield str(key), item
            yield from _walk(item)
    if isinstance(value, list):
        for item in value:
            yield "", item
            yield from _walk(item)
