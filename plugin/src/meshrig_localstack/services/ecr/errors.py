"""The errors of ECR's API: codes as botocore's model of ecr names them, messages in ECR's wording."""

# ruff: noqa: N818 -- the names are AWS's
from localstack.aws.api import CommonServiceException


class EcrError(CommonServiceException):
    """Base of all errors; the code is the class's name."""

    def __init__(self, message: str, status: int = 400) -> None:
        super().__init__(type(self).__name__, message, status_code=status, sender_fault=status < 500)


class ServerException(EcrError):
    """The registry behind ECR fails."""

    def __init__(self, message: str) -> None:
        super().__init__(message, 500)


class InvalidParameterException(EcrError):
    """A parameter that ECR refuses."""


class RepositoryNotFoundException(EcrError):
    """No such repository in this account and region."""

    def __init__(self, name: str, account: str) -> None:
        super().__init__(f"The repository with name '{name}' does not exist in the registry with id '{account}'")


class RepositoryNotEmptyException(EcrError):
    """A repository with images is only deleted by force."""

    def __init__(self, name: str, account: str) -> None:
        super().__init__(
            f"The repository with name '{name}' in registry with id '{account}' "
            "cannot be deleted because it still contains images"
        )


class ImageNotFoundException(EcrError):
    """No such image."""

    def __init__(self, digest: str | None, tag: str | None, name: str, account: str) -> None:
        image = f"{{imageDigest:'{digest or 'null'}', imageTag:'{tag or 'null'}'}}"
        super().__init__(
            f"The image with imageId {image} does not exist within the repository with name '{name}' "
            f"in the registry with id '{account}'"
        )


class ImageAlreadyExistsException(EcrError):
    """PutImage of what is there already."""

    def __init__(self, digest: str, tag: str, name: str, account: str) -> None:
        super().__init__(
            f"Image with digest '{digest}' and tag '{tag}' already exists in the repository with name '{name}' "
            f"in registry with id '{account}'"
        )


class ImageTagAlreadyExistsException(EcrError):
    """PutImage to an immutable tag."""


class LayersNotFoundException(EcrError):
    """PutImage of a manifest whose layers were not pushed."""


class ReferencedImagesNotFoundException(EcrError):
    """PutImage of an index whose images were not pushed."""


class ImageDigestDoesNotMatchException(EcrError):
    """PutImage with another image's digest."""
