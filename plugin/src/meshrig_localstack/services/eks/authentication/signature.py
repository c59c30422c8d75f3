"""AWS Signature Version 4 of a presigned GetCallerIdentity (IAM guide, "reference_sigv-create-signed-request")."""

import hashlib
import hmac
from urllib.parse import quote

from meshrig_localstack.services.eks.authentication.token import (
    ALGORITHM,
    CLUSTER_HEADER,
    SIGNATURE,
    SIGNED_HEADERS,
    PresignedCall,
)

EMPTY_BODY = hashlib.sha256(b"").hexdigest()
UNRESERVED = "-_.~"


def is_signed_with(call: PresignedCall, secret: str, cluster: str) -> bool:
    """True when whoever made the token had the secret and meant this cluster."""
    expected = signature(call, secret, cluster)
    return hmac.compare_digest(expected.encode(), call.signature.encode())


def signature(call: PresignedCall, secret: str, cluster: str) -> str:
    """The signature the call would bear, made with ``secret`` for ``cluster``."""
    time = call.query["X-Amz-Date"]
    scope = f"{time[:8]}/{call.region}/sts/aws4_request"
    digest = hashlib.sha256(_canonical_request(call, cluster).encode()).hexdigest()
    key = f"AWS4{secret}".encode()
    for part in scope.split("/"):
        key = _hmac(key, part)
    return _hmac(key, "\n".join((ALGORITHM, time, scope, digest))).hex()


def _canonical_request(call: PresignedCall, cluster: str) -> str:
    pairs = sorted((_encoded(key), _encoded(value)) for key, value in call.query.items() if key != SIGNATURE)
    query = "&".join(f"{key}={value}" for key, value in pairs)
    headers = f"host:{call.host}\n{CLUSTER_HEADER}:{cluster}\n"
    return "\n".join(("GET", "/", query, headers, SIGNED_HEADERS, EMPTY_BODY))


def _encoded(text: str) -> str:
    return quote(text, safe=UNRESERVED)


def _hmac(key: bytes, text: str) -> bytes:
    return hmac.new(key, text.encode(), hashlib.sha256).digest()
