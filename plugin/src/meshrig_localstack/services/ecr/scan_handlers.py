"""Image scanning: moto's answers, about images the registry holds."""

from localstack.aws.api import RequestContext, handler
from localstack.services.moto import call_moto
from moto.ecr.models import Image as MotoImage

from meshrig_localstack.services.ecr.calls import Handlers, Record, registry_errors, repository_of
from meshrig_localstack.services.ecr.repositories import Repository, find_in_moto


class ScanHandlers(Handlers):
    @handler("StartImageScan", expand=False)
    @registry_errors()
    def start_image_scan(self, context: RequestContext, request: Record) -> Record:
        self._mirror(repository_of(context, request))
        answer: Record = call_moto(context)
        return answer

    @handler("DescribeImageScanFindings", expand=False)
    @registry_errors()
    def describe_image_scan_findings(self, context: RequestContext, request: Record) -> Record:
        self._mirror(repository_of(context, request))
        answer: Record = call_moto(context)
        return answer

    def _mirror(self, repository: Repository) -> None:
        """Shows moto the images; those it knows keep their scans."""
        mirrored = find_in_moto(repository.place, repository.name)
        if mirrored is None:
            return
        known = {image.get_image_digest(): image for image in mirrored.images}
        images = []
        for image in self.parts.images.of_repository(repository.path):
            shown = known.get(image.digest) or MotoImage(
                repository.place.account, None, "{}", repository.name, image.facts.media_type, image.digest
            )
            shown.image_tags = list(image.tags)
            shown.image_tag = image.tags[-1] if image.tags else None
            images.append(shown)
        mirrored.images = images
