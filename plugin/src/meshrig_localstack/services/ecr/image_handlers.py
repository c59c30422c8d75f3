"""The operations on images: what the registry holds, in ECR's shapes."""

from collections.abc import Sequence

from localstack.aws.api import RequestContext, handler

from meshrig_localstack.paging import BadTokenError, Page, page_of
from meshrig_localstack.services.ecr.calls import Handlers, Record, registry_errors, repository_of
from meshrig_localstack.services.ecr.deletion import ImageDeletion
from meshrig_localstack.services.ecr.errors import ImageNotFoundException, InvalidParameterException
from meshrig_localstack.services.ecr.image_ids import Failure, ImageId, locate, read_image_id
from meshrig_localstack.services.ecr.inventory import LONG_AGO, Image
from meshrig_localstack.services.ecr.pushes import DIGEST
from meshrig_localstack.services.ecr.repositories import Repository

DEFAULT_PAGE = 100
"""Results without maxResults (ECR API, ListImages and DescribeImages)."""


class ImageHandlers(Handlers):
    @handler("DescribeImages", expand=False)
    @registry_errors()
    def describe_images(self, context: RequestContext, request: Record) -> Record:
        repository = repository_of(context, request)
        images = self.parts.images.of_repository(repository.path)
        if request.get("imageIds"):
            wanted = dict.fromkeys(_required(repository, images, request["imageIds"]))
            return {"imageDetails": [_detail(repository, image) for image in wanted]}
        page = _page(_filtered(images, request), request)
        return _paged("imageDetails", [_detail(repository, image) for image in page.items], page)

    @handler("ListImages", expand=False)
    @registry_errors()
    def list_images(self, context: RequestContext, request: Record) -> Record:
        images = self.parts.images.of_repository(repository_of(context, request).path)
        page = _page(_filtered(images, request), request)
        ids = [each.to_json() for image in page.items for each in _ids(image)]
        return _paged("imageIds", ids, page)

    @handler("BatchGetImage", expand=False)
    @registry_errors()
    def batch_get_image(self, context: RequestContext, request: Record) -> Record:
        repository = repository_of(context, request)
        images = self.parts.images.of_repository(repository.path)
        found: list[Record] = []
        failures: list[Failure] = []
        for each in request["imageIds"]:
            image_id = read_image_id(each)
            image = locate(images, image_id)
            manifest = self._manifest(repository, image) if isinstance(image, Image) else None
            if isinstance(image, Failure):
                failures.append(image)
            elif manifest is None:
                failures.append(Failure(image_id, "ImageNotFound", "Requested image not found"))
            else:
                found.append({**image_record(repository, ImageId(image.digest, image_id.tag)), **manifest})
        return {"images": found, "failures": [failure.to_json() for failure in failures]}

    @handler("BatchDeleteImage", expand=False)
    @registry_errors()
    def batch_delete_image(self, context: RequestContext, request: Record) -> Record:
        ids = [read_image_id(each) for each in request["imageIds"]]
        deleted, failures = ImageDeletion(self.parts.images, repository_of(context, request)).delete(ids)
        return {
            "imageIds": [each.to_json() for each in deleted],
            "failures": [failure.to_json() for failure in failures],
        }

    @handler("BatchCheckLayerAvailability", expand=False)
    @registry_errors()
    def batch_check_layer_availability(self, context: RequestContext, request: Record) -> Record:
        repository = repository_of(context, request)
        layers: list[Record] = []
        failures: list[Record] = []
        for digest in request["layerDigests"]:
            if DIGEST.fullmatch(digest) is None:
                reason = "Invalid layer digest"
                failures.append({"layerDigest": digest, "failureCode": "InvalidLayerDigest", "failureReason": reason})
                continue
            size = self.parts.images.registry.blob_size(repository.path, digest)
            known = {"layerAvailability": "UNAVAILABLE"} if size is None else {"layerAvailability": "AVAILABLE"}
            layers.append({"layerDigest": digest, **known, **({} if size is None else {"layerSize": size})})
        return {"layers": layers, "failures": failures}

    def _manifest(self, repository: Repository, image: Image) -> Record | None:
        manifest = self.parts.images.registry.read_manifest(repository.path, image.digest)
        if manifest is None:
            return None
        return {"imageManifest": manifest.content.decode(), "imageManifestMediaType": manifest.media_type}


def image_record(repository: Repository, image_id: ImageId) -> Record:
    """The start of an Image in the API's shape."""
    return {
        "registryId": repository.place.account,
        "repositoryName": repository.name,
        "imageId": image_id.to_json(),
    }


def _required(repository: Repository, images: Sequence[Image], ids: Sequence[Record]) -> list[Image]:
    found = []
    for each in ids:
        image_id = read_image_id(each)
        image = locate(images, image_id)
        if isinstance(image, Failure):
            if image.code in ("MissingDigestAndTag", "InvalidImageDigest"):
                raise InvalidParameterException(image.reason)
            raise ImageNotFoundException(image_id.digest, image_id.tag, repository.name, repository.place.account)
        found.append(image)
    return found


def _filtered(images: Sequence[Image], request: Record) -> list[Image]:
    wanted = request.get("filter") or {}
    if wanted.get("imageStatus", "ACTIVE") not in ("ACTIVE", "ANY"):
        return []
    status = wanted.get("tagStatus", "ANY")
    return [image for image in images if status == "ANY" or bool(image.tags) == (status == "TAGGED")]


def _page(images: Sequence[Image], request: Record) -> Page[Image]:
    try:
        return page_of(images, _sort_key, request.get("maxResults") or DEFAULT_PAGE, request.get("nextToken"))
    except BadTokenError as problem:
        raise InvalidParameterException(str(problem)) from problem


def _sort_key(image: Image) -> str:
    """As text what the inventory sorts by."""
    return f"{int((image.pushed_at or LONG_AGO).timestamp()):012d} {image.digest}"


def _paged(member: str, items: list[Record] | list[dict[str, str]], page: Page[Image]) -> Record:
    return {member: items} if page.next_token is None else {member: items, "nextToken": page.next_token}


def _ids(image: Image) -> list[ImageId]:
    return [ImageId(image.digest, tag) for tag in image.tags] or [ImageId(image.digest)]


def _detail(repository: Repository, image: Image) -> Record:
    known = {
        "imageTags": list(image.tags) or None,
        "imagePushedAt": image.pushed_at,
        "artifactMediaType": image.facts.artifact_type,
    }
    return {
        "registryId": repository.place.account,
        "repositoryName": repository.name,
        "imageDigest": image.digest,
        "imageSizeInBytes": image.facts.size,
        "imageManifestMediaType": image.facts.media_type,
        "imageStatus": "ACTIVE",
        **{name: value for name, value in known.items() if value is not None},
    }
