"""Makes EKS tokens the way clients do: signed by botocore, or by the AWS CLI itself."""

import base64
import json
import os
import shutil
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from botocore.auth import SIGV4_TIMESTAMP, SigV4QueryAuth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials

STS = "https://sts.us-east-1.amazonaws.com"
PREFIX = "k8s-aws-v1."
CALL = {"Action": "GetCallerIdentity", "Version": "2011-06-15"}


@dataclass(frozen=True)
class Key:
    """What a client signs with."""

    access_key_id: str = "test"
    secret: str = "test"
    session_token: str | None = None

    @classmethod
    def of_session(cls, credentials: Mapping[str, str]) -> "Key":
        """Of what AssumeRole answers."""
        return cls(credentials["AccessKeyId"], credentials["SecretAccessKey"], credentials["SessionToken"])

    def environment(self) -> dict[str, str]:
        variables = {"AWS_ACCESS_KEY_ID": self.access_key_id, "AWS_SECRET_ACCESS_KEY": self.secret}
        return {**variables, "AWS_SESSION_TOKEN": self.session_token} if self.session_token else variables


@dataclass(frozen=True)
class TokenRequest:
    """A presigned call; every part can be made wrong."""

    key: Key = Key()
    cluster: str | None = "shop"
    url: str = STS
    region: str = "us-east-1"
    service: str = "sts"
    at: datetime | None = None
    expires: int = 60
    query: Mapping[str, str] = field(default_factory=dict)
    headers: Mapping[str, str] = field(default_factory=dict)

    def changed(self, **members: Any) -> "TokenRequest":
        return replace(self, **members)

    def presigned_url(self) -> str:
        request = AWSRequest("GET", f"{self.url}/", params={**CALL, **self.query}, headers=dict(self.headers))
        if self.cluster is not None:
            request.headers["x-k8s-aws-id"] = self.cluster
        credentials = Credentials(self.key.access_key_id, self.key.secret, self.key.session_token)
        auth = _TimedAuth(credentials, self.service, self.region, expires=self.expires)
        auth.sign_at(request, self.at or datetime.now(UTC))
        return str(request.prepare().url)

    def token(self) -> str:
        return encoded(self.presigned_url())


def encoded(url: str) -> str:
    """The token that holds a URL."""
    return PREFIX + base64.urlsafe_b64encode(url.encode()).decode().rstrip("=")


def cli_token(cluster: str, key: Key, *arguments: str, endpoint: str | None = None) -> str:
    """The token ``aws eks get-token`` prints."""
    printed = run_aws(["eks", "get-token", "--cluster-name", cluster, *arguments], key, endpoint)
    return str(json.loads(printed)["status"]["token"])


def run_aws(arguments: list[str], key: Key, endpoint: str | None = None, **variables: str) -> str:
    """Runs the AWS CLI of the project's environment, with nothing of the caller's AWS settings."""
    clean = {name: value for name, value in os.environ.items() if not name.startswith("AWS_")}
    own = {
        "AWS_DEFAULT_REGION": "us-east-1",
        "AWS_CONFIG_FILE": "/dev/null",
        "AWS_SHARED_CREDENTIALS_FILE": "/dev/null",
    }
    target = {"AWS_ENDPOINT_URL": endpoint} if endpoint else {}
    beside = Path(__file__).parents[2] / ".venv" / "bin" / "aws"
    command = str(beside) if beside.exists() else shutil.which("aws") or "aws"
    done = subprocess.run(
        [command, *arguments, "--output", "json"],
        env={**clean, **own, **key.environment(), **target, **variables},
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


class _TimedAuth(SigV4QueryAuth):  # type: ignore[misc]
    """Signs for a given time; botocore knows only now."""

    def sign_at(self, request: AWSRequest, time: datetime) -> None:
        request.context["timestamp"] = time.strftime(SIGV4_TIMESTAMP)
        self._modify_request_before_signing(request)
        to_sign = self.string_to_sign(request, self.canonical_request(request))
        self._inject_signature_to_request(request, self.signature(to_sign, request))
