"""Pages of the EKS API's lists: ``maxResults`` items and a ``nextToken`` (EKS API reference, ListAccessEntries)."""

import base64
import binascii
from collections.abc import Mapping, Sequence
from typing import Any

from meshrig_localstack.services.eks.errors import InvalidParameter
from meshrig_localstack.services.eks.store import Record

MOST = 100


def page(request: Mapping[str, Any], member: str, items: Mapping[str, Any]) -> Record:
    """The answer's ``member`` with the items (by a key that sorts them) the request asks for, and its nextToken.

    A token names the last key given, so a list that changes in between neither repeats nor skips the rest.
    """
    limit, token = _limit(request.get("maxResults")), request.get("nextToken")
    start = _decoded(token) if token else ""
    rest: Sequence[str] = sorted(key for key in items if key > start)
    answer: Record = {member: [items[key] for key in rest[:limit]]}
    return {**answer, "nextToken": _encoded(rest[limit - 1])} if len(rest) > limit else answer


def names(keys: Mapping[str, Any]) -> dict[str, str]:
    """For a list of names only."""
    return {key: key for key in keys}


def _limit(asked: int | None) -> int:
    if asked is None:
        return MOST
    if not 1 <= asked <= MOST:
        raise InvalidParameter(f"maxResults must be from 1 to {MOST}; got {asked}")
    return asked


def _encoded(key: str) -> str:
    return base64.urlsafe_b64encode(key.encode()).decode()


def _decoded(token: str) -> str:
    try:
        return base64.urlsafe_b64decode(token.encode("ascii")).decode()
    except (binascii.Error, UnicodeError) as problem:
        raise InvalidParameter("nextToken is not one that this operation gave") from problem
