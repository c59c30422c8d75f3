"""Deletes images from the registry, by ECR's rules.

Deleting by digest takes the image with all its tags; deleting a tag takes only that, and the image with its last one
(ECR API, BatchDeleteImage). An image that an index lists is kept.
"""

from collections.abc import Sequence
from dataclasses import replace

from meshrig_localstack.services.ecr.image_ids import Failure, ImageId, locate
from meshrig_localstack.services.ecr.inventory import Image
from meshrig_localstack.services.ecr.pushes import Images
from meshrig_localstack.services.ecr.repositories import Repository


class ImageDeletion:
    """One request's deletions in one repository."""

    def __init__(self, images: Images, repository: Repository) -> None:
        self._images = images
        self._path = repository.path

    def delete(self, image_ids: Sequence[ImageId]) -> tuple[list[ImageId], list[Failure]]:
        """What was deleted, and what was not."""
        deleted: list[ImageId] = []
        failures: list[Failure] = []
        with self._images.changing:
            left = {image.digest: image for image in self._images.of_repository(self._path)}
            for image_id in _indexes_first(list(left.values()), image_ids):
                outcome = self._delete_one(left, image_id)
                if isinstance(outcome, Failure):
                    failures.append(outcome)
                else:
                    deleted += outcome
        return deleted, failures

    def delete_all(self) -> None:
        """Empties the repository."""
        with self._images.changing:
            for image in self._images.of_repository(self._path):
                self._images.registry.delete_manifest(self._path, image.digest)

    def _delete_one(self, left: dict[str, Image], image_id: ImageId) -> list[ImageId] | Failure:
        image = locate(list(left.values()), image_id)
        if isinstance(image, Failure):
            return image
        parents = [each.digest for each in left.values() if image.digest in each.facts.children]
        if image_id.tag is not None and (len(image.tags) > 1 or parents):
            self._images.registry.remove_tag(self._path, image_id.tag)
            left[image.digest] = replace(image, tags=tuple(tag for tag in image.tags if tag != image_id.tag))
            return [ImageId(image.digest, image_id.tag)]
        if parents:
            text = f"Requested image referenced by manifest list: [{', '.join(sorted(parents))}]"
            return Failure(image_id, "ImageReferencedByManifestList", text)
        self._images.registry.delete_manifest(self._path, image.digest)
        del left[image.digest]
        return [ImageId(image.digest, tag) for tag in image.tags] or [ImageId(image.digest)]


def _indexes_first(images: Sequence[Image], image_ids: Sequence[ImageId]) -> list[ImageId]:
    """In an order in which an index and its images can be deleted by one request."""

    def names_index(image_id: ImageId) -> bool:
        image = locate(images, image_id)
        return isinstance(image, Image) and image.facts.is_index

    return sorted(image_ids, key=lambda image_id: not names_index(image_id))
