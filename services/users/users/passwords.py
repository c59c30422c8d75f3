"""Password hashes: scrypt (RFC 7914), stored as `scrypt$N$r$p$salt$key`, so that the cost can be raised later."""

import base64
import hashlib
import hmac
import os
import threading
from dataclasses import dataclass

MINIMUM_LENGTH = 8
MAXIMUM_LENGTH = 128
_KEY_BYTES = 32


@dataclass(frozen=True)
class Cost:
    """scrypt's parameters; a hash takes 128 * n * r bytes of memory."""

    n: int
    r: int
    p: int


# 16 MiB and some 50 ms. Two at a time at most: a burst of logins must not take the whole memory of a small container.
COST = Cost(n=2**14, r=8, p=1)
_slots = threading.BoundedSemaphore(2)


def hash_password(password: str) -> str:
    salt = os.urandom(16)
    return _join(COST, salt, _derive(password, salt, COST))


def verify_password(password: str, stored: str) -> bool:
    """Whether `stored` was made of this password. ValueError if it is not a hash of this module."""
    scheme, n, r, p, salt, key = stored.split("$")
    if scheme != "scrypt":
        raise ValueError(f"password hash of an unknown scheme {scheme!r}")
    derived = _derive(password, base64.b64decode(salt), Cost(int(n), int(r), int(p)))
    return hmac.compare_digest(derived, base64.b64decode(key))


def _derive(password: str, salt: bytes, cost: Cost) -> bytes:
    with _slots:
        return hashlib.scrypt(
            password.encode(), salt=salt, n=cost.n, r=cost.r, p=cost.p, dklen=_KEY_BYTES, maxmem=256 * cost.n * cost.r
        )


def _join(cost: Cost, salt: bytes, key: bytes) -> str:
    encoded = (base64.b64encode(part).decode() for part in (salt, key))
    return "$".join(("scrypt", str(cost.n), str(cost.r), str(cost.p), *encoded))
