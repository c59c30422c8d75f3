"""Whose access key a deployment acts with: that of whoever asked for it, as CloudFormation does without a service role.

LocalStack's engine deploys in a thread of its own, with the account's root key, and so EKS would take root for the
creator of every cluster.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar

from localstack.aws.accounts import get_account_id_from_access_key_id
from localstack.aws.api import RequestContext
from localstack.utils.aws.request_context import extract_access_key_id_from_auth_header

_deployer: ContextVar[str | None] = ContextVar("deployer", default=None)


def deployer() -> str | None:
    """The access key this thread deploys with, when one is known."""
    return _deployer.get()


def access_key(account_id: str) -> str:
    """The key to call services with: the deployer's, or the account's root."""
    key = _deployer.get()
    return key if key is not None and get_account_id_from_access_key_id(key) == account_id else account_id


@contextmanager
def acting_as(key: str | None) -> Iterator[None]:
    """Deploys with ``key`` meanwhile."""
    token = _deployer.set(key)
    try:
        yield
    finally:
        _deployer.reset(token)


def key_of(context: RequestContext) -> str | None:
    """The access key a request was signed with."""
    found: str | None = extract_access_key_id_from_auth_header(context.request.headers)
    return found
