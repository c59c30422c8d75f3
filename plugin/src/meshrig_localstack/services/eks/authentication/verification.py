"""From a token to the caller that signed it."""

import hmac
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from localstack.utils.aws.arns import get_partition

from meshrig_localstack.services.eks.authentication.credentials import Credential
from meshrig_localstack.services.eks.authentication.hosts import TokenHosts
from meshrig_localstack.services.eks.authentication.refusal import RefusedTokenError
from meshrig_localstack.services.eks.authentication.signature import is_signed_with
from meshrig_localstack.services.eks.authentication.token import PresignedCall, check_time, read_token
from meshrig_localstack.services.eks.identity import Identity

FindCredential = Callable[[str, str, datetime], Credential | None]
"""(access key id, partition, now) -> whose key it is"""


@dataclass(frozen=True)
class Caller:
    """Who signed, and with which access key."""

    identity: Identity
    access_key_id: str


@dataclass(frozen=True)
class Verifier:
    """Verifies tokens without asking AWS: signs each call again with the secret this emulation has for its key."""

    hosts: TokenHosts
    find_credential: FindCredential

    def verify(self, token: str, cluster: str, now: datetime) -> Caller:
        """Raises RefusedTokenError, also for a token that was signed for another cluster."""
        call = read_token(token)
        self.hosts.check(call)
        check_time(call, now)
        credential = self.find_credential(call.access_key_id, get_partition(call.region), now)
        if credential is None:
            raise RefusedTokenError(f"the access key {call.access_key_id[:32]!r} does not exist here (any more)")
        if not is_signed_with(call, credential.secret, cluster):
            raise RefusedTokenError(f"the signature is wrong: another secret key, or a token not for cluster {cluster}")
        _check_session_token(call, credential)
        if credential.refusal is not None:
            raise RefusedTokenError(credential.refusal)
        return Caller(credential.identity, call.access_key_id)


def _check_session_token(call: PresignedCall, credential: Credential) -> None:
    given, expected = call.session_token or "", credential.session_token or ""
    if not hmac.compare_digest(given.encode(), expected.encode()):
        raise RefusedTokenError(f"the session token is not that of the access key {call.access_key_id}")
