"""What a manifest says of its image.

Media types: Docker's image manifests v2, schema 2 (distribution.github.io/distribution/spec/manifest-v2-2) and the OCI
image specification.
"""

import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

DOCKER_MANIFEST = "application/vnd.docker.distribution.manifest.v2+json"
DOCKER_LIST = "application/vnd.docker.distribution.manifest.list.v2+json"
OCI_MANIFEST = "application/vnd.oci.image.manifest.v1+json"
OCI_INDEX = "application/vnd.oci.image.index.v1+json"

MANIFEST_TYPES = (DOCKER_MANIFEST, DOCKER_LIST, OCI_MANIFEST, OCI_INDEX)
INDEX_TYPES = (DOCKER_LIST, OCI_INDEX)
MAX_MANIFEST_BYTES = 4 * 1024 * 1024
"""ImageManifest's longest length in botocore's model of ecr; registry:2 takes as much."""


class BadManifestError(Exception):
    """The text is not a manifest."""


@dataclass(frozen=True)
class Manifest:
    """A manifest as it is stored, byte for byte."""

    content: bytes
    media_type: str

    @property
    def digest(self) -> str:
        """What the image is called by."""
        return f"sha256:{hashlib.sha256(self.content).hexdigest()}"


@dataclass(frozen=True)
class ManifestFacts:
    """``size`` is that of the configuration and the layers, as they are stored; ``children`` are an index's images."""

    media_type: str
    size: int
    artifact_type: str | None = None
    children: Sequence[str] = ()

    @property
    def is_index(self) -> bool:
        """Whether it lists images instead of being one."""
        return self.media_type in INDEX_TYPES


def read_facts(manifest: Manifest) -> ManifestFacts:
    """The facts; BadManifestError when there are none."""
    try:
        parsed: dict[str, Any] = json.loads(manifest.content)
        if manifest.media_type in INDEX_TYPES:
            children = tuple(str(child["digest"]) for child in parsed["manifests"])
            return ManifestFacts(manifest.media_type, 0, parsed.get("artifactType"), children)
        blobs = [parsed["config"], *parsed["layers"]]
        size = sum(int(blob["size"]) for blob in blobs)
        artifact_type = parsed.get("artifactType") or parsed["config"].get("mediaType")
        return ManifestFacts(manifest.media_type, size, artifact_type)
    except (ValueError, KeyError, TypeError, AttributeError) as problem:
        raise BadManifestError(f"not a manifest of type {manifest.media_type}: {problem!r}") from problem
