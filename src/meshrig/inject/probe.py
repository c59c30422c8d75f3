"""Probes and hooks that the kubelet makes over the network, turned to Envoy's probe port.

Under STRICT the kubelet has no certificate and can't reach the application. Envoy answers on ``PROBE_PORT``: it passes
HTTP on to the application, and for TCP and gRPC says what its own health check of the application found. exec stays.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Literal

from meshrig.errors import Origin, Problem
from meshrig.inject.objects import Document, Json, items, part
from meshrig.inject.quantity import parse_whole
from meshrig.names import PROBE_PORT

_PROBES = {"startupProbe": "startupz", "readinessProbe": "readyz", "livenessProbe": "livez"}
_HOOKS = {"postStart": "poststart", "preStop": "prestop"}
_PROTOCOLS: Mapping[str, Literal["http", "https"]] = {"HTTP": "http", "HTTPS": "https"}


@dataclass(frozen=True)
class ProbeTarget:
    """``path`` on the probe port stands for ``protocol`` on ``port`` of the application.

    ``app_path`` is HTTP's, ``service`` gRPC's; ``timeout_seconds`` 0 means none.
    """

    path: str
    protocol: Literal["http", "https", "tcp", "grpc"]
    port: int
    app_path: str = "/"
    service: str = ""
    timeout_seconds: int = 1
    period_seconds: int = 10


@dataclass(frozen=True)
class Rewritten:
    """A container whose probes and hooks go to the probe port, and what is to answer them there."""

    container: Document
    targets: tuple[ProbeTarget, ...]


def rewrite_probes(container: Json, problems: list[Problem]) -> Rewritten:
    """Ports that can't be found are added to ``problems``.

    A hook keeps its meaning, so whoever reaches the pod's probe port can call it, as before the mesh could the port.
    """
    name = container["name"]
    targets: list[ProbeTarget] = []
    changed = dict(container)
    for key, word in _PROBES.items():
        handler = part(container, key)
        target = _find_target(container, handler, key, f"/app-health/{name}/{word}", problems)
        if target:
            targets.append(target)
            changed[key] = _redirected(handler, target)
    lifecycle = part(container, "lifecycle")
    for key, word in _HOOKS.items():
        # Of the other handlers exec and sleep need no network, and tcpSocket does nothing in a hook.
        handler = {"httpGet": part(part(lifecycle, key), "httpGet")}
        target = _find_target(container, handler, f"lifecycle.{key}", f"/app-lifecycle/{name}/{word}", problems)
        if target:
            targets.append(replace(target, timeout_seconds=0))
            lifecycle[key] = _redirected(part(lifecycle, key), target)
            changed["lifecycle"] = lifecycle
    return Rewritten(changed, tuple(targets))


def _find_target(container: Json, handler: Json, key: str, path: str, problems: list[Problem]) -> ProbeTarget | None:
    """None for what stays as it is: exec, another host than the pod, and the probe port itself.

    Defaults: https://kubernetes.io/docs/reference/kubernetes-api/workload-resources/pod-v1/#Probe
    """
    kind = next((each for each in ("httpGet", "tcpSocket", "grpc") if handler.get(each)), "")
    action = part(handler, kind)
    if not kind or action.get("host"):
        return None
    origin = Origin(subject=f"container {container['name']}: {key}.{kind}")
    found = list(_find_problems(container, action, origin))
    port = _resolve_port(container, action["port"])
    if found or port is None or port == PROBE_PORT:
        problems.extend(found)
        return None
    app_path = action.get("path") or "/"
    return ProbeTarget(
        path,
        _PROTOCOLS[action.get("scheme") or "HTTP"] if kind == "httpGet" else "tcp" if kind == "tcpSocket" else "grpc",
        port,
        app_path if app_path.startswith("/") else f"/{app_path}",
        action.get("service") or "",
        handler.get("timeoutSeconds") or 1,
        handler.get("periodSeconds") or 10,
    )


def _find_problems(container: Json, action: Json, origin: Origin) -> Iterator[Problem]:
    port = _resolve_port(container, action["port"])
    if port is None:
        message = f"no container port is named {action['port']!r}"
        yield Problem(message, origin.child("port"), "name one under the container's ports")
    elif not 0 < port < 65536:
        yield Problem(f"{port} is not a port", origin.child("port"))
    if (action.get("scheme") or "HTTP") not in _PROTOCOLS:
        yield Problem(f"{action['scheme']!r} is neither HTTP nor HTTPS", origin.child("scheme"))
    if not all("!" <= letter != "\x7f" for letter in action.get("path") or ""):
        yield Problem("has a character that no path may have", origin.child("path"), "escape it as %XX")


def _resolve_port(container: Json, port: int | str) -> int | None:
    if isinstance(port, int):
        return port
    named = {each.get("name"): each["containerPort"] for each in items(container, "ports")}
    return named.get(port, parse_whole(port))


def _redirected(handler: Json, target: ProbeTarget) -> Document:
    """The kubelet goes on sending the headers; Envoy passes them on."""
    headers = part(handler, "httpGet").get("httpHeaders")
    action = {"path": target.path, "port": PROBE_PORT, "scheme": "HTTP"}
    if headers:
        action["httpHeaders"] = headers
    kept = {key: value for key, value in handler.items() if key not in ("httpGet", "tcpSocket", "grpc")}
    return {"httpGet": action, **kept}
