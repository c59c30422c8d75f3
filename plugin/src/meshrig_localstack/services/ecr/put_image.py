"""PutImage: a push by the API, of layers that are there already. Retags images too."""

import json

from localstack.aws.api import RequestContext, handler

from meshrig_localstack.services.ecr.calls import Handlers, Record, registry_errors, repository_of
from meshrig_localstack.services.ecr.errors import (
    EcrError,
    ImageAlreadyExistsException,
    ImageDigestDoesNotMatchException,
    ImageTagAlreadyExistsException,
    InvalidParameterException,
    LayersNotFoundException,
    ReferencedImagesNotFoundException,
)
from meshrig_localstack.services.ecr.image_handlers import image_record
from meshrig_localstack.services.ecr.image_ids import ImageId
from meshrig_localstack.services.ecr.manifests import INDEX_TYPES, Manifest
from meshrig_localstack.services.ecr.pushes import BadReferenceError, ImmutableTagError
from meshrig_localstack.services.ecr.registry import RegistryRefusalError
from meshrig_localstack.services.ecr.repositories import Repository


class PutImageHandler(Handlers):
    @handler("PutImage", expand=False)
    @registry_errors()
    def put_image(self, context: RequestContext, request: Record) -> Record:
        repository = repository_of(context, request)
        manifest, tag = _manifest(request), request.get("imageTag")
        if request.get("imageDigest") not in (None, manifest.digest):
            text = f"Image digest '{request['imageDigest']}' does not match that of the manifest, '{manifest.digest}'"
            raise ImageDigestDoesNotMatchException(text)
        if self.parts.images.registry.find_digest(repository.path, tag or manifest.digest) == manifest.digest:
            account = repository.place.account
            raise ImageAlreadyExistsException(manifest.digest, tag or "null", repository.name, account)
        self._push(repository, tag or manifest.digest, manifest)
        return {
            "image": {
                **image_record(repository, ImageId(manifest.digest, tag)),
                "imageManifest": request["imageManifest"],
                "imageManifestMediaType": manifest.media_type,
            }
        }

    def _push(self, repository: Repository, reference: str, manifest: Manifest) -> None:
        try:
            self.parts.images.push(repository, reference, manifest)
        except ImmutableTagError as problem:
            raise ImageTagAlreadyExistsException(str(problem)) from problem
        except BadReferenceError as problem:
            raise InvalidParameterException(str(problem)) from problem
        except RegistryRefusalError as refusal:
            if refusal.status >= 500:
                raise
            raise _explained(refusal, manifest) from refusal


def _manifest(request: Record) -> Manifest:
    text: str = request["imageManifest"]
    media_type = request.get("imageManifestMediaType")
    if not media_type:
        try:
            media_type = json.loads(text)["mediaType"]
        except (ValueError, LookupError, TypeError) as problem:
            complaint = "Invalid parameter at 'imageManifest' failed to satisfy constraint: 'Invalid JSON syntax'"
            if isinstance(problem, LookupError):
                complaint = "The manifest has no mediaType: give imageManifestMediaType"
            raise InvalidParameterException(complaint) from problem
    return Manifest(text.encode(), media_type)


def _explained(refusal: RegistryRefusalError, manifest: Manifest) -> EcrError:
    if refusal.code != "MANIFEST_BLOB_UNKNOWN":
        return InvalidParameterException(f"Invalid parameter at 'imageManifest': {refusal.reason}")
    if manifest.media_type in INDEX_TYPES:
        return ReferencedImagesNotFoundException(f"Images of the manifest list do not exist: {refusal.reason}")
    return LayersNotFoundException(f"Layers of the image do not exist: {refusal.reason}")
