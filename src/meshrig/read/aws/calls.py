"""Calls of boto3 clients: pages joined, botocore's errors translated once."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, Protocol

from botocore.exceptions import BotoCoreError, ClientError

from meshrig.errors import MeshrigError


class Paginator(Protocol):
    """What boto3's paginators do."""

    def paginate(self, **arguments: Any) -> Any: ...


class PagingClient(Protocol):
    """What every boto3 client can."""

    def get_paginator(self, operation_name: str) -> Paginator: ...


@contextmanager
def translated(what: str) -> Iterator[None]:
    """botocore's errors inside become a MeshrigError that begins with ``what``."""
    try:
        yield
    except (ClientError, BotoCoreError) as error:
        raise MeshrigError(f"{what}: {error}") from error


def error_code(error: ClientError) -> str:
    """Such as ``NotFoundException``."""
    return str(error.response.get("Error", {}).get("Code", ""))


def pages(client: PagingClient, operation: str, member: str, **arguments: Any) -> Iterator[dict[str, Any]]:
    """The items that ``member`` holds, over all pages of an operation."""
    for page in client.get_paginator(operation).paginate(**arguments):
        yield from page.get(member) or ()
