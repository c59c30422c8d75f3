"""`?limit=` and `?next=` of listings. `next` is opaque to callers: base64url of the key the page starts after."""

import base64
import json
from dataclasses import dataclass

from flask import request

from shop_common.table import Key
from shop_common.validation import Problem, ValidationError

DEFAULT_LIMIT = 50
MAXIMUM_LIMIT = 100


@dataclass(frozen=True)
class PageRequest:
    limit: int
    start: Key | None


def read_page_request(*key_attributes: str) -> PageRequest:
    """The page the request in hand asks for; a `next` key has exactly the attributes given. 400 otherwise."""
    problems = []
    limit_text = request.args.get("limit", str(DEFAULT_LIMIT))
    limit = int(limit_text) if limit_text.isascii() and limit_text.isdigit() and len(limit_text) < 4 else 0
    if not 1 <= limit <= MAXIMUM_LIMIT:
        problems.append(Problem("limit", f"must be a whole number from 1 to {MAXIMUM_LIMIT}"))
    token = request.args.get("next")
    start = decode_token(token, frozenset(key_attributes)) if token is not None else None
    if token is not None and start is None:
        problems.append(Problem("next", "must be the `next` of an earlier answer to the same question"))
    if problems:
        raise ValidationError(*problems)
    return PageRequest(limit, start)


def encode_token(key: Key | None) -> str | None:
    """The `next` of an answer; None after the last page."""
    if key is None:
        return None
    return base64.urlsafe_b64encode(json.dumps(dict(key), separators=(",", ":")).encode()).decode().rstrip("=")


def decode_token(token: str, attributes: frozenset[str]) -> Key | None:
    """The key of a token, None if it is not one made by `encode_token` from these attributes."""
    try:
        key = json.loads(base64.b64decode(token + "=" * (-len(token) % 4), altchars=b"-_", validate=True))
    except (ValueError, RecursionError):
        return None
    if not isinstance(key, dict) or key.keys() != attributes:
        return None
    return key if all(isinstance(value, str) and 0 < len(value) <= 128 for value in key.values()) else None
