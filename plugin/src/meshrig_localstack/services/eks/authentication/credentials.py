"""The secrets of this emulation: which key is whose. Reads moto's IAM and STS, where LocalStack keeps them.

- An account's root signs with its id as access key, or with ``test`` for the default account, and the secret ``test``:
  the credentials LocalStack's users have. No other made-up key is known, though LocalStack's other services take any.
- IAM users have the keys IAM made for them; roles have sessions made by AssumeRole, each with a key and a token.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from localstack.aws.accounts import get_account_id_from_access_key_id
from moto.iam.models import iam_backends
from moto.sts.models import sts_backends

from meshrig_localstack.services.eks.identity import Identity, root_identity

ROOT_ACCESS_KEY = "test"
ROOT_SECRET = "test"


@dataclass(frozen=True)
class Credential:
    """An access key. ``refusal``: why it may not be used any more, although it exists."""

    identity: Identity
    secret: str
    session_token: str | None = None
    refusal: str | None = None


def find_credential(access_key_id: str, partition: str, now: datetime) -> Credential | None:
    """The credential of an access key, whichever account's it is; None for a key nobody here has."""
    if access_key_id == ROOT_ACCESS_KEY or re.fullmatch(r"[0-9]{12}", access_key_id):
        account: str = get_account_id_from_access_key_id(access_key_id)
        return Credential(root_identity(account, partition), ROOT_SECRET)
    return _of_user(access_key_id) or _of_session(access_key_id, now)


def unique_id(principal_arn: str) -> str | None:
    """IAM's own id of a role, a user or an account's root; None when there is no such principal."""
    root = re.fullmatch(r"arn:[\w-]+:iam::(\d{12}):root", principal_arn)
    if root is not None:
        return root[1]
    for backend in _backends(iam_backends):
        for principal in (*backend.roles.values(), *backend.users.values()):
            if principal.arn == principal_arn:
                return str(principal.id)
    return None


def _of_user(access_key_id: str) -> Credential | None:
    # Not backend.access_keys: it still has the keys of users that are gone.
    for backend in _backends(iam_backends):
        for user in list(backend.users.values()):
            for key in list(user.access_keys):
                if key.access_key_id == access_key_id:
                    identity = Identity(backend.account_id, user.arn, user.arn, user.id)
                    refusal = None if key.status == "Active" else f"the access key {access_key_id} is inactive"
                    return Credential(identity, key.secret_access_key, refusal=refusal)
    return None


def _of_session(access_key_id: str, now: datetime) -> Credential | None:
    for backend in _backends(sts_backends):
        for session in list(backend.assumed_roles):
            if session.access_key_id == access_key_id:
                return _session(session, now)
    return None


def _session(session: Any, now: datetime) -> Credential:
    """moto lets one assume a role that does not exist; such a session is refused, as is one of a role since deleted."""
    name = session.role_arn.rpartition("/")[2]
    role = _role(session)
    arn = f"arn:{session.partition}:sts::{session.account_id}:assumed-role/{name}/{session.session_name}"
    identity = Identity(session.account_id, arn, session.role_arn, role.id if role else "", session.session_name)
    refusal = None
    if role is None or _utc(role.create_date) > _utc(session.access_key.create_date):
        refusal = f"the role {session.role_arn} of the session {session.session_name} does not exist (any more)"
    elif _utc(session.expiration) <= now:
        refusal = f"the session {session.session_name} of {session.role_arn} expired at {session.expiration}"
    return Credential(identity, session.secret_access_key, session.session_token, refusal)


def _role(session: Any) -> Any:
    roles = iam_backends[session.account_id][session.partition].roles.values()
    return next((role for role in list(roles) if role.arn == session.role_arn), None)


def _backends(accounts: Any) -> Iterator[Any]:
    """The backends of every account and partition that has been used."""
    for account in list(accounts.values()):
        yield from list(account.values())


def _utc(time: datetime) -> datetime:
    """moto's times are UTC without saying so."""
    return time.replace(tzinfo=UTC) if time.tzinfo is None else time
