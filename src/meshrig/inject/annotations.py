"""The App Mesh controller's annotations -> SidecarOptions (specification, 15)."""

import ipaddress
import json
from collections.abc import Mapping
from typing import Any

from meshrig.errors import Origin, Problem
from meshrig.inject.environment import read_agent_settings
from meshrig.inject.options import DEFAULT_REQUESTS, METADATA_IPS, Mount, SidecarOptions
from meshrig.inject.quantity import parse_quantity, parse_whole
from meshrig.located.fields import did_you_mean
from meshrig.names import INJECTION_LABEL

PREFIX = "appmesh.k8s.aws/"
_AMOUNTS = {"cpuRequest": "cpu", "memoryRequest": "memory", "cpuLimit": "cpu", "memoryLimit": "memory"}
# Settings of which one value only is what happens here, and why.
_FIXED = {
    "proxyEgressPort": ("15001", "the sidecar's egress port is 15001"),
    "proxyIngressPort": ("15000", "the sidecar's ingress port is 15000"),
    "appmeshCNI": ("disabled", "traffic is redirected by an init container"),
    "sds": ("disabled", "certificates come from the control plane"),
    "preview": ("disabled", "there is no preview endpoint"),
    "ipv6": ("disabled", "Envoy listens on IPv4; IPv6 is refused in the pod"),
}
_UNSUPPORTED = {"xrayAgentConfigMount": "no X-Ray agent is injected"}
_OWN = (
    "ports", "egressIgnoredIPs", "egressIgnoredPorts", "ignoredUID", "ignoredGID", "secretMounts", "volumeMounts",
    "sidecarEnv", "sidecarEnvJson", "virtualGatewaySkipImageOverride",
)  # fmt: skip
_KNOWN = frozenset({*_AMOUNTS, *_FIXED, *_UNSUPPORTED, *_OWN, INJECTION_LABEL.removeprefix(PREFIX)})


def read_options(annotations: Mapping[str, str], problems: list[Problem]) -> SidecarOptions:
    """What isn't understood or can't be honoured is added to ``problems``."""
    reading = _Reading(annotations, problems)
    reading.refuse_unsupported()
    requests, limits = reading.amounts()
    environment = reading.environment()
    agent = read_agent_settings(environment, lambda message: reading.problem("sidecarEnv", message))
    return SidecarOptions(
        inbound_ports=reading.ports("ports") if reading.has("ports") else None,
        egress_ignored_ports=reading.ports("egressIgnoredPorts"),
        egress_ignored_ips=reading.addresses() if reading.has("egressIgnoredIPs") else METADATA_IPS,
        ignored_uid=reading.identifier("ignoredUID"),
        ignored_gid=reading.identifier("ignoredGID"),
        requests=requests,
        limits=limits,
        environment=agent.environment,
        secret_mounts=reading.mounts("secretMounts"),
        volume_mounts=reading.mounts("volumeMounts"),
        log_level=agent.log_level,
        stats_tags=agent.stats_tags,
        keep_image=reading.flag("virtualGatewaySkipImageOverride"),
    )


class _Reading:
    """The annotations of one pod; a value that is wrong is a problem, and reads as nothing."""

    def __init__(self, annotations: Mapping[str, str], problems: list[Problem]) -> None:
        self._given = {
            name.removeprefix(PREFIX): text.strip() for name, text in annotations.items() if name.startswith(PREFIX)
        }
        self._problems = problems

    def problem(self, name: str, message: str, hint: str = "") -> None:
        self._problems.append(Problem(message, Origin(subject=f"metadata.annotations[{PREFIX}{name}]"), hint))

    def has(self, name: str) -> bool:
        return name in self._given

    def refuse_unsupported(self) -> None:
        for name, text in self._given.items():
            if name not in _KNOWN:
                self.problem(name, "unknown annotation", did_you_mean(name, _KNOWN))
            elif name in _UNSUPPORTED:
                self.problem(name, f"can't be honoured: {_UNSUPPORTED[name]}")
            elif name in _FIXED and text != _FIXED[name][0]:
                self.problem(name, f"{text!r} can't be honoured: {_FIXED[name][1]}")

    def ports(self, name: str) -> tuple[int, ...]:
        found = []
        for text in self._words(name):
            port = parse_whole(text)
            if port and port < 65536:
                found.append(port)
            else:
                self.problem(name, f"{text!r} is not a port")
        return tuple(dict.fromkeys(found))

    def addresses(self) -> tuple[str, ...]:
        found = []
        for text in self._words("egressIgnoredIPs"):
            try:
                ipaddress.ip_network(text, strict=False)
                found.append(text)
            except ValueError:
                self.problem("egressIgnoredIPs", f"{text!r} is neither an IP address nor a CIDR block")
        return tuple(found)

    def identifier(self, name: str) -> int | None:
        text = self._given.get(name, "")
        if not text:
            return None
        number = parse_whole(text)
        if number is not None and number < 2**32 - 1:
            return number
        self.problem(name, f"{text!r} is not the number of a user or group")
        return None

    def flag(self, name: str) -> bool:
        text = self._given.get(name, "disabled")
        if text not in ("enabled", "disabled"):
            self.problem(name, f"{text!r} is neither enabled nor disabled")
        return text == "enabled"

    def amounts(self) -> tuple[dict[str, str], dict[str, str]]:
        """Requests and limits; a request without annotation shrinks to a limit below it."""
        requests, limits = dict(DEFAULT_REQUESTS), dict[str, str]()
        for name, resource in _AMOUNTS.items():
            text = self._given.get(name, "")
            if text and parse_quantity(text) is None:
                self.problem(name, f"{text!r} is not an amount", "write 100m or 64Mi")
            elif text:
                (requests if name.endswith("Request") else limits)[resource] = text
        for resource, limit in limits.items():
            if _amount(requests[resource]) <= _amount(limit):
                continue
            if self.has(f"{resource}Request"):
                self.problem(f"{resource}Limit", f"{limit} is below the request of {requests[resource]}")
            requests[resource] = limit
        return requests, limits

    def environment(self) -> dict[str, str]:
        found: dict[str, str] = {}
        for word in self._words("sidecarEnv"):
            name, separator, value = word.partition("=")
            if separator and name.strip():
                found[name.strip()] = value.strip()
            else:
                self.problem("sidecarEnv", f"{word!r} is not NAME=VALUE")
        for entry in self._json_entries():
            found |= entry
        return found

    def mounts(self, name: str) -> tuple[Mount, ...]:
        found = []
        for word in self._words(name):
            source, _, path = word.partition(":")
            if source.strip() and path.strip().startswith("/"):
                found.append(Mount(source.strip(), path.strip()))
            else:
                self.problem(name, f"{word!r} is not NAME:/PATH")
        return tuple(found)

    def _words(self, name: str) -> list[str]:
        return [word.strip() for word in self._given.get(name, "").split(",") if word.strip()]

    def _json_entries(self) -> list[dict[str, str]]:
        text = self._given.get("sidecarEnvJson", "")
        try:
            entries: Any = json.loads(text) if text else []
        except (ValueError, RecursionError):
            entries = None
        if not (isinstance(entries, list) and all(_is_text_map(entry) for entry in entries)):
            self.problem("sidecarEnvJson", 'is not JSON of the form [{"NAME": "VALUE"}]')
            return []
        return entries


def _amount(text: str) -> Any:
    return parse_quantity(text) or 0


def _is_text_map(entry: Any) -> bool:
    return isinstance(entry, dict) and all(isinstance(value, str) and key for key, value in entry.items())
