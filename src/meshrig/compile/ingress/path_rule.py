"""One path of an Ingress as an Envoy match, in the order ingress-nginx tries them."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from meshrig.compile.ingress.annotation import NginxSettings
from meshrig.errors import Problem
from meshrig.model.kubernetes import Ingress, IngressPath

_CAPTURE = re.compile(r"\$(\d)")
# RE2 has neither look-around nor back-references, which nginx's PCRE does.
_NOT_RE2 = re.compile(r"\(\?(?:[=!]|<[=!])|\\[1-9]")


@dataclass(frozen=True)
class PathRule:
    """``regex``: the host's paths are regular expressions (ingress-nginx enforces that on all paths of a host)."""

    ingress: Ingress
    path: IngressPath
    settings: NginxSettings
    regex: bool

    @property
    def order(self) -> tuple[int, int]:
        """Longest path first; of equal ones an exact match first."""
        return -len(self.path.path), 0 if self.path.path_type == "Exact" else 1


def find_path_problems(rule: PathRule) -> Iterator[Problem]:
    path, origin = rule.path.path, rule.path.origin
    if not path.startswith("/"):
        yield Problem(f"path {path!r} must begin with /", origin)
    if rule.path.path_type not in ("Exact", "Prefix", "ImplementationSpecific"):
        yield Problem(f"pathType {rule.path.path_type!r} is unknown", origin, "Exact, Prefix, ImplementationSpecific")
    if not rule.regex:
        return
    if _NOT_RE2.search(path):
        yield Problem(f"path {path!r}: look-around and back-references are not supported", origin)
        return
    try:
        groups = re.compile(path).groups
    except re.error as error:
        yield Problem(f"path {path!r} is not a regular expression: {error}", origin)
        return
    for number in sorted(set(_CAPTURE.findall(rule.settings.rewrite_target))):
        if int(number) > groups:
            yield Problem(f"rewrite-target uses ${number}, but path {path!r} captures {groups}", origin)


def build_path_matches(rule: PathRule) -> list[dict[str, Any]]:
    """The matches of a route; nginx's regular expressions are anchored at the start only and ignore case."""
    path = rule.path.path
    if rule.regex:
        return [{"safe_regex": {"regex": _regex(path)}}]
    if rule.path.path_type == "Exact":
        return [{"path": path}]
    if path == "/":
        return [{"prefix": "/"}]
    return [{"path_separated_prefix": path.rstrip("/")}]


def build_rewrite(rule: PathRule) -> dict[str, Any] | None:
    """The whole path becomes the target, with ``$1`` the first capture; the query stays."""
    if not rule.settings.rewrite_target:
        return None
    target = rule.settings.rewrite_target.replace("\\", "\\\\")
    return {"pattern": {"regex": f"^{_regex(rule.path.path)}$"}, "substitution": _CAPTURE.sub(r"\\\1", target)}


def _regex(path: str) -> str:
    return f"(?i:{path}).*"
