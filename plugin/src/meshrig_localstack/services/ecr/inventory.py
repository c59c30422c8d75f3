"""Which images a repository has, read from the registry alone, so that it is still known after LocalStack starts anew.

The registry's protocol tells tags, but neither images without a tag nor when an image was pushed. So every push through
ECR leaves a tag of ours beside the user's, a *record*: ``meshrig-pushed-<Unix time>-<hex digest>``. Records are hidden
from users, and the registry removes them together with their image.
"""

import re
import time
from collections import OrderedDict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime

from meshrig_localstack.services.ecr.manifests import BadManifestError, Manifest, ManifestFacts, read_facts
from meshrig_localstack.services.ecr.registry import Registry

RECORD = re.compile(r"meshrig-pushed-(\d+)-([0-9a-f]{64})")
RESERVED_PREFIX = "meshrig-pushed-"
MAX_KEPT_FACTS = 4096
LONG_AGO = datetime.fromtimestamp(0, UTC)


@dataclass(frozen=True)
class Image:
    """One image. ``pushed_at`` is None for one that was put into the registry behind ECR's back."""

    digest: str
    tags: Sequence[str]
    pushed_at: datetime | None
    facts: ManifestFacts


class Inventory:
    """Reads the images of repositories; ``path`` is a repository's name in the registry."""

    def __init__(self, registry: Registry) -> None:
        self._registry = registry
        self._facts: OrderedDict[str, ManifestFacts] = OrderedDict()

    def images(self, path: str) -> list[Image]:
        """All images, the oldest first."""
        names = self._registry.list_tags(path)
        records = read_records(names)
        tags: dict[str, list[str]] = {digest: [] for digest in records}
        for tag in visible_tags(names):
            digest = self._registry.find_digest(path, tag)
            if digest is not None:
                tags.setdefault(digest, []).append(tag)
        found = [self._image(path, digest, tags[digest], records.get(digest)) for digest in tags]
        images = _with_index_sizes([image for image in found if image is not None])
        return sorted(images, key=lambda image: (image.pushed_at or LONG_AGO, image.digest))

    def record_push(self, path: str, manifest: Manifest) -> None:
        """Leaves the record of a push, once per image."""
        if manifest.digest not in read_records(self._registry.list_tags(path)):
            record = f"{RESERVED_PREFIX}{int(time.time())}-{manifest.digest.removeprefix('sha256:')}"
            self._registry.put_manifest(path, record, manifest)

    def _image(self, path: str, digest: str, tags: list[str], pushed_at: datetime | None) -> Image | None:
        facts = self._facts.get(digest)
        if facts is None:
            manifest = self._registry.read_manifest(path, digest)
            if manifest is None:
                return None
            facts = self._facts[digest] = _facts_of(manifest)
            if len(self._facts) > MAX_KEPT_FACTS:
                self._facts.popitem(last=False)
        return Image(digest, tuple(sorted(tags)), pushed_at, facts)


def _facts_of(manifest: Manifest) -> ManifestFacts:
    """Of a manifest that somebody else's tool put there, perhaps only its type."""
    try:
        return read_facts(manifest)
    except BadManifestError:
        return ManifestFacts(manifest.media_type, 0)


def read_records(tags: Iterable[str]) -> dict[str, datetime]:
    """Digests and when they were first pushed, out of all tags."""
    records: dict[str, datetime] = {}
    for tag in tags:
        match = RECORD.fullmatch(tag)
        if match:
            digest, pushed_at = f"sha256:{match[2]}", datetime.fromtimestamp(int(match[1]), UTC)
            records[digest] = min(pushed_at, records.get(digest, pushed_at))
    return records


def visible_tags(tags: Iterable[str]) -> list[str]:
    """The tags that are users', sorted."""
    return sorted(tag for tag in tags if not tag.startswith(RESERVED_PREFIX))


def _with_index_sizes(images: Sequence[Image]) -> list[Image]:
    """An index counts as large as the largest of its images (ECR API, ImageDetail.imageSizeInBytes)."""
    sizes = {image.digest: image.facts.size for image in images}

    def sized(image: Image) -> Image:
        if not image.facts.is_index:
            return image
        largest = max((sizes.get(child, 0) for child in image.facts.children), default=0)
        return replace(image, facts=replace(image.facts, size=largest))

    return [sized(image) for image in images]
