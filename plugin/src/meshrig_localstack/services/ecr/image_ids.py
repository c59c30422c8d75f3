"""Finds the images that API requests name by digest, tag or both."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from meshrig_localstack.services.ecr.inventory import Image
from meshrig_localstack.services.ecr.pushes import DIGEST


@dataclass(frozen=True)
class ImageId:
    """A member of a request's imageIds."""

    digest: str | None = None
    tag: str | None = None

    def to_json(self) -> dict[str, str]:
        """In the API's shape, which leaves out what is not known."""
        members = {"imageDigest": self.digest, "imageTag": self.tag}
        return {name: value for name, value in members.items() if value is not None}


@dataclass(frozen=True)
class Failure:
    """Why one of several images was left alone; ``code`` is one of ECR's ImageFailureCode."""

    image_id: ImageId
    code: str
    reason: str

    def to_json(self) -> dict[str, object]:
        """In the API's shape."""
        return {"imageId": self.image_id.to_json(), "failureCode": self.code, "failureReason": self.reason}


def read_image_id(request: Mapping[str, str]) -> ImageId:
    """The identifier out of its JSON."""
    return ImageId(request.get("imageDigest"), request.get("imageTag"))


def locate(images: Sequence[Image], image_id: ImageId) -> Image | Failure:
    """The image that ``image_id`` names among ``images``."""
    if image_id.digest is None and image_id.tag is None:
        text = "Invalid request parameters: both tag and digest cannot be null"
        return Failure(image_id, "MissingDigestAndTag", text)
    if image_id.digest is not None and DIGEST.fullmatch(image_id.digest) is None:
        text = "Invalid request parameters: image digest should satisfy the regex '[a-zA-Z0-9-_+.]+:[a-fA-F0-9]+'"
        return Failure(image_id, "InvalidImageDigest", text)
    if image_id.tag is None:
        found = next((image for image in images if image.digest == image_id.digest), None)
    else:
        found = next((image for image in images if image_id.tag in image.tags), None)
    if found is None:
        return Failure(image_id, "ImageNotFound", "Requested image not found")
    if image_id.digest not in (None, found.digest):
        text = f"Requested tag names another image: {found.digest}"
        return Failure(image_id, "ImageTagDoesNotMatchDigest", text)
    return found
