"""Client tokens: the same request with the same token gets the same answer, another request a ConflictException.

A token is forgotten with the resource it was used on, and beyond the newest 1,000 per account and region.
"""

import json

from meshrig_localstack.appmesh.errors import ConflictException
from meshrig_localstack.appmesh.resources import AppMeshStore, Replay
from meshrig_localstack.appmesh.service_model import JsonObject

MAX_REPLAYS = 1000

TokenKey = tuple[str, str, str]
"""Caller's account, operation, client token."""


def replayed(store: AppMeshStore, key: TokenKey, request: JsonObject) -> JsonObject | None:
    """The answer given to this request before, None for a token not seen; ConflictException for a changed request."""
    replay = store.replays.get(key)
    if replay is None:
        return None
    if replay.fingerprint != _fingerprint(request):
        raise ConflictException(f"Client token {key[2]} was already used for {key[1]} with different parameters")
    return replay.answer


def remember(store: AppMeshStore, key: TokenKey, request: JsonObject, answer: JsonObject, uid: str) -> None:
    """Keeps an answer for later replays, dropping the oldest beyond the bound."""
    store.replays[key] = Replay(_fingerprint(request), answer, uid)
    while len(store.replays) > MAX_REPLAYS:
        del store.replays[next(iter(store.replays))]


def forget(store: AppMeshStore, uid: str) -> None:
    """Drops the tokens used on a resource, so that they may create it anew."""
    for key in [key for key, replay in store.replays.items() if replay.uid == uid]:
        del store.replays[key]


def _fingerprint(request: JsonObject) -> str:
    return json.dumps({name: value for name, value in request.items() if name != "clientToken"}, sort_keys=True)
