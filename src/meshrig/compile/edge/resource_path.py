"""Resource paths such as ``/orders/{id}`` as regular expressions, and which of two wins (specification, 1.4)."""

import re
from dataclasses import dataclass

_STATIC, _PARAMETER, _PROXY = range(3)


@dataclass(frozen=True)
class ResourcePattern:
    """``regex`` matches the whole request path with the stage; ``captures`` maps parameter -> group number."""

    regex: str
    captures: dict[str, int]


def precedence(resource_path: str) -> tuple[tuple[int, str], ...]:
    """Sort key: static parts before ``{param}`` before ``{proxy+}``, level by level."""
    return tuple((_kind(part), part) for part in _parts(resource_path)) or ((_STATIC, ""),)


def build_resource_pattern(stage: str, resource_path: str) -> ResourcePattern:
    """A trailing slash doesn't prevent a match; parameters keep the client's escapes."""
    regex = "/" + re.escape(stage)
    captures: dict[str, int] = {}
    for part in _parts(resource_path):
        kind = _kind(part)
        if kind == _STATIC:
            regex += "/" + re.escape(part)
            continue
        captures[part.strip("{}+")] = len(captures) + 1
        regex += "/(.+?)" if kind == _PROXY else "/([^/]+)"
    return ResourcePattern(regex + "/?", captures)


def _parts(resource_path: str) -> list[str]:
    return [part for part in resource_path.split("/") if part]


def _kind(part: str) -> int:
    if part.startswith("{") and part.endswith("+}"):
        return _PROXY
    return _PARAMETER if part.startswith("{") and part.endswith("}") else _STATIC
