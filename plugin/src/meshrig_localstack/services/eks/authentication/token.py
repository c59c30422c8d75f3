"""Reads an EKS token: a presigned call of STS's GetCallerIdentity, in base64.

The rules are those of aws-iam-authenticator (kubernetes-sigs/aws-iam-authenticator, pkg/token/token.go, Verify) and,
as no STS is asked here, those by which STS itself would refuse the call (IAM guide, "reference_sigv").
"""

import base64
import binascii
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from urllib.parse import SplitResult, unquote, urlsplit

from meshrig_localstack.services.eks.authentication.refusal import RefusedTokenError

PREFIX = "k8s-aws-v1."
MAX_LENGTH = 4096
MAX_EXPIRES_SECONDS = 900
LIFETIME = timedelta(minutes=15)
"""What STS grants after X-Amz-Date, whatever X-Amz-Expires says."""
SKEW = timedelta(minutes=5)
"""How far ahead a clock may be; AWS says "signature not yet current" beyond."""

CLUSTER_HEADER = "x-k8s-aws-id"
SIGNED_HEADERS = f"host;{CLUSTER_HEADER}"
ALGORITHM = "AWS4-HMAC-SHA256"
FIXED = {"Action": "GetCallerIdentity", "Version": "2011-06-15", "X-Amz-Algorithm": ALGORITHM}
SESSION_TOKEN = "X-Amz-Security-Token"
SIGNATURE = "X-Amz-Signature"
REQUIRED = (*FIXED, "X-Amz-Credential", "X-Amz-Date", "X-Amz-Expires", "X-Amz-SignedHeaders", SIGNATURE)
KNOWN = frozenset({*REQUIRED, SESSION_TOKEN})
DEFAULT_PORTS = {"http": 80, "https": 443}


@dataclass(frozen=True)
class PresignedCall:
    """The call in a token, read but not believed."""

    scheme: str
    hostname: str
    host: str
    """The Host header that was signed: the name, and the port unless it is the scheme's own."""
    query: Mapping[str, str]
    access_key_id: str
    region: str
    signed_at: datetime

    @property
    def session_token(self) -> str | None:
        return self.query.get(SESSION_TOKEN)

    @property
    def signature(self) -> str:
        return self.query[SIGNATURE]


def read_token(token: str) -> PresignedCall:
    """Raises RefusedTokenError for whatever is not a presigned GetCallerIdentity with a cluster's name signed in."""
    url = _url(token)
    query = _query(url.query)
    _check_members(query)
    access_key_id, date, region = _scope(query["X-Amz-Credential"])
    signed_at = _time(query["X-Amz-Date"])
    if not query["X-Amz-Date"].startswith(date):
        raise RefusedTokenError("the date in X-Amz-Credential is not that of X-Amz-Date")
    hostname, host = _host(url)
    return PresignedCall(url.scheme, hostname, host, query, access_key_id, region, signed_at)


def check_time(call: PresignedCall, now: datetime) -> None:
    """Raises RefusedTokenError for a token that is too old, or of the future."""
    if call.signed_at < now - LIFETIME:
        raise RefusedTokenError(f"the token expired: it was signed at {call.signed_at.isoformat()} for 15 minutes")
    if call.signed_at > now + SKEW:
        raise RefusedTokenError(f"the token is not valid yet: it was signed for {call.signed_at.isoformat()}")


def _url(token: str) -> SplitResult:
    if len(token) > MAX_LENGTH:
        raise RefusedTokenError(f"the token is longer than {MAX_LENGTH} characters")
    if not token.startswith(PREFIX):
        raise RefusedTokenError(f"the token does not start with {PREFIX}")
    encoded = token.removeprefix(PREFIX)
    if re.fullmatch("[A-Za-z0-9_-]*", encoded) is None:
        raise RefusedTokenError("the token is not unpadded base64url")
    try:
        text = base64.urlsafe_b64decode(encoded + "=" * (-len(encoded) % 4)).decode("ascii")
        url = urlsplit(text)
    except (binascii.Error, ValueError) as problem:
        raise RefusedTokenError("the token does not hold a URL") from problem
    # urlsplit drops blanks and control characters, so what it read might not be what was signed.
    if re.fullmatch("[!-~]+", text) is None or url.scheme not in DEFAULT_PORTS or "#" in text:
        raise RefusedTokenError("the token does not hold an http(s) URL")
    if url.path != "/":
        raise RefusedTokenError("the presigned URL has another path than /")
    return url


def _host(url: SplitResult) -> tuple[str, str]:
    try:
        hostname, port = url.hostname, url.port
    except ValueError as problem:
        raise RefusedTokenError("the presigned URL has no valid port") from problem
    if not hostname or "@" in url.netloc:
        raise RefusedTokenError("the presigned URL has no plain host name")
    shown = f"[{hostname}]" if ":" in hostname else hostname
    return hostname, shown if port in (None, DEFAULT_PORTS[url.scheme]) else f"{shown}:{port}"


def _query(text: str) -> dict[str, str]:
    if ";" in text or re.search("%(?![0-9A-Fa-f]{2})", text):
        raise RefusedTokenError("the presigned URL has a malformed query")
    query: dict[str, str] = {}
    for part in text.split("&"):
        key, _, value = (_decoded(piece) for piece in part.partition("="))
        if key not in KNOWN:
            raise RefusedTokenError(f"the presigned URL has a query parameter it may not have: {key[:40]!r}")
        if key in query:
            raise RefusedTokenError(f"the presigned URL has the query parameter {key} twice")
        query[key] = value
    return query


def _decoded(text: str) -> str:
    try:
        return unquote(text.replace("+", " "), errors="strict")
    except UnicodeDecodeError as problem:
        raise RefusedTokenError("the presigned URL has a malformed query") from problem


def _check_members(query: Mapping[str, str]) -> None:
    missing = [key for key in REQUIRED if key not in query]
    if missing:
        raise RefusedTokenError(f"the presigned URL lacks {', '.join(missing)}")
    for key, value in FIXED.items():
        if query[key] != value:
            raise RefusedTokenError(f"the presigned URL has another {key} than {value}")
    headers = query["X-Amz-SignedHeaders"].lower().split(";")
    if CLUSTER_HEADER not in headers:
        raise RefusedTokenError(f"the header {CLUSTER_HEADER}, which names the cluster, is not signed")
    if query["X-Amz-SignedHeaders"] != SIGNED_HEADERS:
        raise RefusedTokenError(f"the signed headers must be {SIGNED_HEADERS}, as the request has no others")
    expires = query["X-Amz-Expires"]
    if re.fullmatch("[0-9]{1,4}", expires) is None or int(expires) > MAX_EXPIRES_SECONDS:
        raise RefusedTokenError(f"X-Amz-Expires must be a number from 0 to {MAX_EXPIRES_SECONDS}")


def _scope(credential: str) -> tuple[str, str, str]:
    """(access key id, date, region) of ``key/20261124/us-east-1/sts/aws4_request``."""
    parts = credential.split("/")
    if len(parts) != 5 or not all(parts):
        raise RefusedTokenError("X-Amz-Credential must be access key, date, region, service and aws4_request")
    key, date, region, service, end = parts
    if (service, end) != ("sts", "aws4_request"):
        raise RefusedTokenError("the call was not signed for the service sts")
    if re.fullmatch("[0-9]{8}", date) is None or re.fullmatch("[a-z0-9-]+", region) is None:
        raise RefusedTokenError("X-Amz-Credential has no valid date and region")
    return key, date, region


def _time(text: str) -> datetime:
    try:
        if re.fullmatch("[0-9]{8}T[0-9]{6}Z", text) is not None:
            return datetime.strptime(text, "%Y%m%dT%H%M%SZ").replace(tzinfo=UTC)
    except ValueError:
        pass
    raise RefusedTokenError("X-Amz-Date must be a time such as 20261124T120000Z")
