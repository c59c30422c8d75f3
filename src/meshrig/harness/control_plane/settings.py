"""The settings of a control plane as JSON, in a ConfigMap."""

import dataclasses
import json

from meshrig.errors import InvalidInputError, Origin, Problem
from meshrig.located.fields import Fields, raise_problems
from meshrig.located.plain import locate
from meshrig.model.control_plane import ControlPlaneSettings

SETTINGS_KEY = "settings.json"
_MAX_PORT = 65535


def settings_to_json(settings: ControlPlaneSettings) -> str:
    return json.dumps(dataclasses.asdict(settings), indent=2, sort_keys=True)


def settings_from_json(text: str, where: str) -> ControlPlaneSettings:
    """Raises InvalidInputError with every problem of it; ``where`` is what it came from."""
    try:
        content = json.loads(text)
    except json.JSONDecodeError as error:
        raise InvalidInputError([Problem(f"not valid JSON: {error.msg}", Origin(where, error.lineno))]) from error
    problems: list[Problem] = []
    top = Fields(locate(content, Origin(where)), "", problems)
    settings = ControlPlaneSettings(
        stack=top.text("stack", required=True),
        region=top.text("region", required=True),
        envoy_image=top.text("envoy_image", required=True),
        endpoint_url=top.text("endpoint_url"),
        images=top.text_map("images"),
        pod_environment=top.text_map("pod_environment"),
        egress_ignored_ports=_ports(top),
        egress_ignored_ips=top.texts("egress_ignored_ips"),
    )
    top.close()
    if settings.endpoint_url and not settings.endpoint_url.startswith(("http://", "https://")):
        top.problem("must be a URL", "endpoint_url", "such as http://localstack:4566")
    raise_problems(problems)
    return settings


def _ports(top: Fields) -> tuple[int, ...]:
    ports = []
    for text in top.texts("egress_ignored_ports"):
        if text.isascii() and text.isdigit() and 0 < int(text) <= _MAX_PORT:
            ports.append(int(text))
        else:
            top.problem(f"{text!r} is no port", "egress_ignored_ports", f"1 to {_MAX_PORT}")
    return tuple(ports)
