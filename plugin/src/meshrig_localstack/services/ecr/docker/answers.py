"""Answers of the endpoint's own, errors in the protocol's shape and ECR's wording."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field

from meshrig_localstack.services.ecr.registry import RegistryRefusalError
from meshrig_localstack.services.ecr.repositories import Place

JSON_TYPE = "application/json; charset=utf-8"


@dataclass(frozen=True)
class Answer:
    """A whole answer."""

    status: int
    body: bytes = b""
    headers: Mapping[str, str] = field(default_factory=dict)


class DockerError(Exception):
    """Ends a request; ``code`` is one of the protocol's."""

    def __init__(self, status: int, code: str, message: str, headers: Mapping[str, str] | None = None) -> None:
        super().__init__(message)
        self.status = status
        self.code = code
        self.headers = headers or {}

    def answer(self) -> Answer:
        """What the client gets."""
        return json_answer(self.status, {"errors": [{"code": self.code, "message": str(self)}]}, self.headers)


def json_answer(status: int, content: object, headers: Mapping[str, str] | None = None) -> Answer:
    """An answer of JSON."""
    return Answer(status, json.dumps(content).encode(), {"Content-Type": JSON_TYPE, **(headers or {})})


def unauthorized(message: str, realm: str, code: str = "UNAUTHORIZED") -> DockerError:
    """401 with the challenge that ECR sends."""
    challenge = f'Basic realm="{realm}/",service="ecr.amazonaws.com"'
    return DockerError(401, code, message, {"WWW-Authenticate": challenge})


def name_unknown(name: str, place: Place) -> DockerError:
    """No such repository: a push does not create it."""
    text = f"The repository with name '{name}' does not exist in the registry with id '{place.account}'"
    return DockerError(404, "NAME_UNKNOWN", text)


def refused(refusal: RegistryRefusalError) -> DockerError:
    """What the registry says."""
    return DockerError(refusal.status, refusal.code, refusal.reason)
