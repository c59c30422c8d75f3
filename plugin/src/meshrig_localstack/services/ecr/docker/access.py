"""Who asks: a user with a password of GetAuthorizationToken, or a node of a cluster, which may only pull."""

import base64
import binascii
import hmac
from dataclasses import dataclass
from datetime import datetime

from meshrig_localstack.services.ecr.docker.answers import DockerError, unauthorized
from meshrig_localstack.services.ecr.repositories import Place
from meshrig_localstack.services.ecr.settings import EcrSettings
from meshrig_localstack.services.ecr.tokens import USER, BadTokenError, ExpiredTokenError, Tokens


@dataclass(frozen=True)
class Caller:
    """Who asks. ``home`` is where a user's password was given out; a node has none and may pull from every registry."""

    home: Place | None

    @property
    def may_push(self) -> bool:
        """Nodes may not."""
        return self.home is not None

    def check(self, place: Place, arn: str, action: str) -> None:
        """DockerError unless the caller may use the registry of ``place``.

        On AWS a repository's policy may open it to other accounts; here accounts are apart.
        """
        if self.home is None or self.home.account == place.account:
            return
        text = (
            f"User: arn:aws:iam::{self.home.account}:root is not authorized to perform: ecr:{action} "
            f"on resource: {arn} because no resource-based policy allows the ecr:{action} action"
        )
        raise DockerError(403, "DENIED", text)


def read_caller(authorization: str, settings: EcrSettings, tokens: Tokens, now: datetime) -> Caller:
    """The caller by the Authorization header; a 401 DockerError, so that ``docker login`` fails."""
    realm = settings.proxy_endpoint
    user, password = _credentials(authorization)
    if user != USER or not password:
        raise unauthorized("Not Authorized", realm)
    node_password = settings.node_password
    if node_password is not None and hmac.compare_digest(password.encode(), node_password.encode()):
        return Caller(None)
    try:
        return Caller(tokens.read(password, now))
    except ExpiredTokenError as problem:
        text = "Your authorization token has expired. Reauthenticate and try again."
        raise unauthorized(text, realm, "DENIED") from problem
    except BadTokenError as problem:
        text = "Your authorization token is invalid: log in with the answer of 'aws ecr get-login-password'."
        raise unauthorized(text, realm) from problem


def _credentials(authorization: str) -> tuple[str, str]:
    scheme, _, encoded = authorization.partition(" ")
    if scheme.lower() != "basic":
        return "", ""
    try:
        user, _, password = base64.b64decode(encoded.strip(), validate=True).decode().partition(":")
    except (binascii.Error, UnicodeDecodeError):
        return "", ""
    return user, password
