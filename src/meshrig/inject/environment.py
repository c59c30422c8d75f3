"""Environment variables of sidecars and of applications."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from meshrig.inject.objects import Document, Json, items

# Variables that AWS's Envoy image acted on (specification, 13): ours has no agent, so each is honoured or refused.
_AGENT_VARIABLE = re.compile(
    r"(APPMESH|APPNET|ENABLE_ENVOY|ENVOY|XRAY|AWS_XRAY|DATADOG|JAEGER|STATSD|LISTENER_DRAIN)_.*"
)
_NAME = re.compile(r"[-._a-zA-Z][-._a-zA-Z0-9]*")
_LOG_LEVELS = ("trace", "debug", "info", "warn", "warning", "error", "critical", "off")
POD_FIELDS = {"POD_NAME": "metadata.name", "POD_NAMESPACE": "metadata.namespace"}


@dataclass(frozen=True)
class AgentSettings:
    """``environment``: what is left for the Envoy process itself."""

    environment: Mapping[str, str]
    log_level: str = "warning"
    stats_tags: bool = False


def read_agent_settings(environment: Mapping[str, str], problem: Callable[[str], None]) -> AgentSettings:
    """Take out what AWS's agent made of variables, and report those that nothing here acts on."""
    level = environment.get("ENVOY_LOG_LEVEL", "warning")
    if level not in _LOG_LEVELS:
        problem(f"ENVOY_LOG_LEVEL={level} is not one of {', '.join(_LOG_LEVELS)}")
    tags = environment.get("ENABLE_ENVOY_STATS_TAGS", "0")
    if tags not in ("0", "1"):
        problem(f"ENABLE_ENVOY_STATS_TAGS={tags} is neither 0 nor 1")
    left = {name: text for name, text in environment.items() if name not in _HONOURED}
    for name in left:
        if not _NAME.fullmatch(name):
            problem(f"{name!r} is not the name of a variable")
        elif name in POD_FIELDS:
            problem(f"{name} is set by the injection itself")
        elif _AGENT_VARIABLE.fullmatch(name):
            problem(f"{name} can't be honoured: AWS's Envoy image acted on it, this one doesn't")
    return AgentSettings(left, level, tags == "1")


_HONOURED = frozenset({"ENVOY_LOG_LEVEL", "ENABLE_ENVOY_STATS_TAGS"})


def pod_field_variables() -> list[Document]:
    """The pod's name and namespace, which the arguments of its Envoy refer to."""
    return [
        {"name": name, "valueFrom": {"fieldRef": {"apiVersion": "v1", "fieldPath": path}}}
        for name, path in POD_FIELDS.items()
    ]


def add_variables(container: Json, environment: Mapping[str, str]) -> Document:
    """The container's own variables win; ours stand first, so that its own may refer to them."""
    own = items(container, "env")
    named = {variable["name"] for variable in own}
    added = [{"name": name, "value": text} for name, text in sorted(environment.items()) if name not in named]
    return {**container, "env": added + own} if added else dict(container)
