"""Which tags may be pushed again."""

import re
from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True)
class TagMutability:
    """A repository's setting. ``exclusions`` are wildcard filters, in which ``*`` stands for any characters.

    The tags they match are the other way round from the rest: mutable in IMMUTABLE_WITH_EXCLUSION, immutable in
    MUTABLE_WITH_EXCLUSION (ECR API, PutImageTagMutability and ImageTagMutabilityExclusionFilter).
    """

    mode: str
    exclusions: Sequence[str] = ()

    def is_immutable(self, tag: str) -> bool:
        """Whether ``tag``, once there, stays with its image."""
        excluded = any(_matches(pattern, tag) for pattern in self.exclusions)
        return self.mode.startswith("IMMUTABLE") != excluded


def _matches(pattern: str, tag: str) -> bool:
    return re.fullmatch(".*".join(re.escape(part) for part in pattern.split("*")), tag) is not None
