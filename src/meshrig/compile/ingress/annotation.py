"""Annotations of ingress-nginx: which are honoured, and what the honoured ones say.

Source: ingress-nginx user guide, "Annotations" and "Ingress Path Matching".
"""

from collections.abc import Iterator
from dataclasses import dataclass

from meshrig.errors import Problem
from meshrig.model.kubernetes import Ingress

_PREFIX = "nginx.ingress.kubernetes.io/"
_REWRITE = _PREFIX + "rewrite-target"
_REGEX = _PREFIX + "use-regex"


@dataclass(frozen=True)
class NginxSettings:
    """``rewrite_target`` is empty where paths are kept."""

    rewrite_target: str = ""
    use_regex: bool = False

    @property
    def matches_regex(self) -> bool:
        """Either annotation turns paths into regular expressions."""
        return self.use_regex or bool(self.rewrite_target)


def read_nginx_settings(ingress: Ingress) -> NginxSettings:
    return NginxSettings(ingress.annotations.get(_REWRITE, ""), ingress.annotations.get(_REGEX) == "true")


def find_annotation_problems(ingress: Ingress) -> Iterator[Problem]:
    """One problem for each annotation of ingress-nginx that isn't honoured."""
    for name in sorted(ingress.annotations):
        if name.startswith(_PREFIX) and name not in (_REWRITE, _REGEX):
            origin = ingress.origin.child(f"metadata.annotations[{name}]")
            yield Problem(f"annotation {name} is not supported", origin, "remove it or open a feature request")
