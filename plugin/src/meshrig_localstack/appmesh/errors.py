"""The errors App Mesh answers with: code, HTTP status and message as its API model declares them."""

# ruff: noqa: N818 -- the names are AWS's
from collections.abc import Sequence

from localstack.aws.api import CommonServiceException


class AppMeshError(CommonServiceException):
    """Base of all errors this API raises; LocalStack serialises it as AWS's REST-JSON error."""

    error_code = "InternalServerErrorException"
    error_status = 500

    def __init__(self, message: str) -> None:
        super().__init__(self.error_code, message, status_code=self.error_status, sender_fault=self.error_status < 500)


class BadRequestException(AppMeshError):
    """400: the request is malformed or breaks a rule of the service."""

    error_code = "BadRequestException"
    error_status = 400


class ForbiddenException(AppMeshError):
    """403: the caller's account does not own what it wants to change."""

    error_code = "ForbiddenException"
    error_status = 403


class NotFoundException(AppMeshError):
    """404: a named resource does not exist."""

    error_code = "NotFoundException"
    error_status = 404


class ConflictException(AppMeshError):
    """409: the name is taken, or a client token was used with other parameters."""

    error_code = "ConflictException"
    error_status = 409


class ResourceInUseException(AppMeshError):
    """409: something else in the mesh still refers to the resource."""

    error_code = "ResourceInUseException"
    error_status = 409


class LimitExceededException(AppMeshError):
    """400: a service quota would be exceeded."""

    error_code = "LimitExceededException"
    error_status = 400


class TooManyTagsException(AppMeshError):
    """400: the resource would have more than 50 tags."""

    error_code = "TooManyTagsException"
    error_status = 400


class SerializationException(AppMeshError):
    """400: the body is not the JSON the operation expects."""

    error_code = "SerializationException"
    error_status = 400


class UnknownOperationException(AppMeshError):
    """404: no operation has this method and path."""

    error_code = "UnknownOperationException"
    error_status = 404


def invalid(problems: Sequence[str]) -> BadRequestException:
    """One BadRequestException that names every problem, counted the way AWS services do."""
    noun = "error" if len(problems) == 1 else "errors"
    return BadRequestException(f"{len(problems)} validation {noun} detected: {'; '.join(problems)}")
