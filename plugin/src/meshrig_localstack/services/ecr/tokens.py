"""The passwords of GetAuthorizationToken: they name an account and region and expire after twelve hours.

They carry what they say and are signed, so nothing is kept of them. The key outlives LocalStack where its volume does,
and with it a user's ``docker login``.
"""

import base64
import binascii
import hashlib
import hmac
import json
import os
import secrets
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from meshrig_localstack.services.ecr.repositories import Place

TOKEN_LIFETIME = timedelta(hours=12)
USER = "AWS"
KEY_BYTES = 32


class BadTokenError(Exception):
    """Not a password that was given out here."""


class ExpiredTokenError(Exception):
    """A password of more than twelve hours ago."""


@dataclass(frozen=True)
class Token:
    """A password for one of ECR's registries."""

    password: str
    expires_at: datetime


class Tokens:
    """Gives out passwords and reads them."""

    def __init__(self, key: bytes) -> None:
        self._key = key

    def issue(self, place: Place, now: datetime) -> Token:
        """A new password for the registry of an account in a region."""
        expires_at = (now + TOKEN_LIFETIME).replace(microsecond=0)
        claims = {"account": place.account, "region": place.region, "expires": int(expires_at.timestamp())}
        payload = json.dumps(claims).encode()
        signed = self._signature(payload) + payload
        return Token(base64.urlsafe_b64encode(signed).decode(), expires_at)

    def read(self, password: str, now: datetime) -> Place:
        """Whose password it is; BadTokenError, ExpiredTokenError."""
        try:
            signed = base64.urlsafe_b64decode(password.encode())
        except (binascii.Error, ValueError) as problem:
            raise BadTokenError("not base64") from problem
        size = hashlib.sha256().digest_size
        signature, payload = signed[:size], signed[size:]
        if not hmac.compare_digest(signature, self._signature(payload)):
            raise BadTokenError("not signed here")
        claims = json.loads(payload)
        if now >= datetime.fromtimestamp(claims["expires"], UTC):
            raise ExpiredTokenError
        return Place(claims["account"], claims["region"])

    def _signature(self, payload: bytes) -> bytes:
        return hmac.digest(self._key, payload, "sha256")


def signing_key(path: Path) -> bytes:
    """The key kept at ``path``; made there when missing."""
    try:
        key = path.read_bytes()
        if len(key) == KEY_BYTES:
            return key
    except FileNotFoundError:
        pass
    key = secrets.token_bytes(KEY_BYTES)
    path.parent.mkdir(parents=True, exist_ok=True)
    unfinished = path.with_suffix(f".{os.getpid()}")
    unfinished.touch(mode=0o600)
    unfinished.write_bytes(key)
    unfinished.replace(path)
    return key
