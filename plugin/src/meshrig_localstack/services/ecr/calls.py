"""What the handlers of ECR's API have in common."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from localstack.aws.api import RequestContext

from meshrig_localstack.services.ecr.errors import RepositoryNotFoundException, ServerException
from meshrig_localstack.services.ecr.parts import EcrParts
from meshrig_localstack.services.ecr.registry import RegistryRefusalError, RegistryUnavailableError
from meshrig_localstack.services.ecr.repositories import Place, Repository, find_repository

Record = dict[str, Any]
"""A request, answer or a part of one, member names as botocore's ecr model spells them."""


class Handlers:
    """Base of the classes that answer operations."""

    def __init__(self, parts: EcrParts) -> None:
        self.parts = parts


@contextmanager
def registry_errors() -> Iterator[None]:
    """Gives the registry's failures the code that ECR has for failures of its own. Serves as a decorator."""
    try:
        yield
    except (RegistryUnavailableError, RegistryRefusalError) as problem:
        raise ServerException(f"{problem}") from problem


def place_of(context: RequestContext) -> Place:
    """Where the caller calls."""
    return Place(context.account_id, context.region)


def repository_of(context: RequestContext, request: Record) -> Repository:
    """The repository a request names; RepositoryNotFoundException, as for every other account's."""
    name, account = request["repositoryName"], request.get("registryId") or context.account_id
    found = find_repository(place_of(context), name) if account == context.account_id else None
    if found is None:
        raise RepositoryNotFoundException(name, account)
    return found
