"""Pages of a sorted list: ``limit`` items after the one an opaque ``nextToken`` names.

The token holds the last item's sort key, so a list that changes between two pages neither repeats nor skips the rest.
"""

import base64
import binascii
from collections.abc import Callable, Sequence
from dataclasses import dataclass

TOKEN_PREFIX = "after:"


class BadTokenError(ValueError):
    """The ``nextToken`` was not made here."""


@dataclass(frozen=True)
class Page[Item]:
    """Some items and the token for the next page, None on the last."""

    items: Sequence[Item]
    next_token: str | None


def page_of[Item](items: Sequence[Item], key: Callable[[Item], str], limit: int, token: str | None) -> Page[Item]:
    """The page of ``items`` (sorted by ``key``) after ``token``; BadTokenError for a token not made here."""
    start = _decode(token) if token is not None else None
    rest = [item for item in items if start is None or key(item) > start]
    more = len(rest) > limit
    return Page(rest[:limit], _encode(key(rest[limit - 1])) if more else None)


def _encode(last: str) -> str:
    return base64.urlsafe_b64encode(f"{TOKEN_PREFIX}{last}".encode()).decode()


def _decode(token: str) -> str:
    try:
        text = base64.urlsafe_b64decode(token.encode()).decode()
    except (binascii.Error, UnicodeError) as problem:
        raise BadTokenError(f"nextToken is not a token of this operation: {token!r}") from problem
    if not text.startswith(TOKEN_PREFIX):
        raise BadTokenError(f"nextToken is not a token of this operation: {token!r}")
    return text.removeprefix(TOKEN_PREFIX)
