"""What really is behind an EKS cluster: a Kubernetes cluster that somebody else runs and registers here by name.

A backing belongs to a name, not to a cluster of the API: it may be registered before the cluster is created, and stays
when it is deleted, so that a stack made anew finds it again. Only the end of this LocalStack forgets it.

- With a backing, DescribeCluster tells the real endpoint and certificate authority. ``version`` stays the one that was
  asked for, so that CloudFormation and its drift detection see what the template says; where the backing runs another
  minor version, ``health`` has an issue that says so.
- Without one the endpoint and the authority are made up. With ``MESHRIG_EKS_BACKED=1`` they are not: the cluster is
  CREATING, as on EKS while there is no API server to talk to, until its backing is registered.
"""

import base64
import binascii
import os
import re
from dataclasses import asdict, dataclass
from typing import Any
from urllib.parse import urlsplit

from cryptography import x509

from meshrig_localstack.services.eks.store import Record

SETTING = "MESHRIG_EKS_BACKED"
VERSION = re.compile(r"v?(?P<minor>1\.\d{1,3})(?:\.\d{1,3})?(?:[-+][\w.+-]*)?")
REQUIRED = ("endpoint", "certificateAuthority", "version")
OPTIONAL = ("oidcIssuer",)


class BadBackingError(Exception):
    """The registration is unusable; the message says which member and why."""


@dataclass(frozen=True)
class Backing:
    """Member names as in the registration's JSON."""

    endpoint: str
    certificateAuthority: str  # noqa: N815 -- base64 of PEM, called as in DescribeCluster
    version: str
    oidcIssuer: str | None = None  # noqa: N815

    def to_json(self) -> dict[str, str]:
        return {name: value for name, value in asdict(self).items() if value is not None}


def read_backing(body: object) -> Backing:
    """Raises BadBackingError."""
    if not isinstance(body, dict):
        raise BadBackingError("the body must be a JSON object")
    unknown = sorted(set(map(str, body)) - {*REQUIRED, *OPTIONAL})
    missing = [name for name in REQUIRED if name not in body]
    if unknown or missing:
        problems = f"missing: {', '.join(missing) or 'none'}; unknown: {', '.join(unknown) or 'none'}"
        raise BadBackingError(f"{problems}; it takes {', '.join(REQUIRED)} and may take {', '.join(OPTIONAL)}")
    wrong = [name for name, value in body.items() if not isinstance(value, str)]
    if wrong:
        raise BadBackingError(f"{', '.join(wrong)} must be text")
    _check_url("endpoint", body["endpoint"])
    if "oidcIssuer" in body:
        _check_url("oidcIssuer", body["oidcIssuer"])
    _check_authority(body["certificateAuthority"])
    if VERSION.fullmatch(body["version"]) is None:
        raise BadBackingError(f"version must be a Kubernetes version such as 1.34; got {body['version']!r}")
    return Backing(**body)


def described(record: Record, backing: Backing | None) -> Record:
    """The cluster as DescribeCluster tells it."""
    if backing is not None:
        return {**record, **_backed(record, backing)}
    if os.environ.get(SETTING) != "1":
        return record
    shown = {name: value for name, value in record.items() if name not in ("endpoint", "identity")}
    return {**shown, "status": "CREATING", "certificateAuthority": {}}


def _backed(record: Record, backing: Backing) -> Record:
    issuer = {"oidc": {"issuer": backing.oidcIssuer}}
    return {
        "status": "ACTIVE",
        "endpoint": backing.endpoint,
        "certificateAuthority": {"data": backing.certificateAuthority},
        "health": {"issues": [*record["health"]["issues"], *_version_issues(record, backing)]},
        "identity": issuer if backing.oidcIssuer else record["identity"],
    }


def _version_issues(record: Record, backing: Backing) -> list[dict[str, Any]]:
    found = VERSION.fullmatch(backing.version)
    if found is not None and found["minor"] == record["version"]:
        return []
    message = f"Kubernetes {record['version']} was asked for; the cluster behind this one runs {backing.version}."
    return [{"code": "Other", "message": message, "resourceIds": [record["name"]]}]


def _check_url(name: str, text: str) -> None:
    try:
        url = urlsplit(text)
        valid = url.scheme == "https" and bool(url.hostname) and (url.port is None or url.port > 0)
    except ValueError:
        valid = False
    if not valid or not re.fullmatch("[!-~]+", text):
        raise BadBackingError(f"{name} must be an https URL; got {text[:100]!r}")


def _check_authority(text: str) -> None:
    try:
        x509.load_pem_x509_certificates(base64.b64decode(text, validate=True))
    except (binascii.Error, ValueError) as problem:
        raise BadBackingError(f"certificateAuthority must be base64 of PEM certificates: {problem}") from problem


class Backings:
    """The registered backings, by the name of the cluster."""

    def __init__(self) -> None:
        self._by_name: dict[str, Backing] = {}

    def register(self, name: str, backing: Backing) -> None:
        self._by_name[name] = backing

    def forget(self, name: str) -> None:
        self._by_name.pop(name, None)

    def find(self, name: str) -> Backing | None:
        return self._by_name.get(name)


backings = Backings()
"""Of this LocalStack."""
