"""Stores manifests as ECR does: only in repositories that exist, and never over an immutable tag."""

import re
from collections.abc import Callable
from threading import RLock

from meshrig_localstack.services.ecr.inventory import RESERVED_PREFIX, Image, Inventory
from meshrig_localstack.services.ecr.manifests import Manifest
from meshrig_localstack.services.ecr.registry import Registry
from meshrig_localstack.services.ecr.repositories import Place, Repository

TAG = re.compile(r"[A-Za-z0-9_][A-Za-z0-9._-]{0,127}")
DIGEST = re.compile(r"sha256:[0-9a-f]{64}")


class ImmutableTagError(Exception):
    """The tag is there already and must stay as it is."""


class BadReferenceError(Exception):
    """Neither a tag that may be pushed nor the digest of the manifest."""


class Images:
    """The images of all repositories. Changes are made one at a time: a check holds until what it allows is done.

    ``on_push`` is told of every image stored.
    """

    def __init__(self, registry: Registry, on_push: Callable[[Place], None] = lambda _place: None) -> None:
        self.registry = registry
        self.inventory = Inventory(registry)
        self.changing = RLock()
        self._on_push = on_push

    def of_repository(self, path: str) -> list[Image]:
        """A repository's images, the oldest first; not while one of them changes."""
        with self.changing:
            return self.inventory.images(path)

    def push(self, repository: Repository, reference: str, manifest: Manifest) -> None:
        """Stores ``manifest`` as ``reference``, a tag or its own digest.

        ImmutableTagError also when the tag names the very same image: ECR refuses that too
        (github.com/aws/containers-roadmap issues 2179 and 2380). RegistryRefusalError when parts are missing.
        """
        is_tag = TAG.fullmatch(reference) is not None
        if reference.startswith(RESERVED_PREFIX) or not (is_tag or reference == manifest.digest):
            raise BadReferenceError(f"'{reference}' is neither a tag that can be pushed nor the manifest's digest")
        with self.changing:
            if is_tag and self._is_fixed(repository, reference):
                raise ImmutableTagError(
                    f"The image tag '{reference}' already exists in the '{repository.name}' repository "
                    "and cannot be overwritten because the repository is immutable."
                )
            self.registry.put_manifest(repository.path, reference, manifest)
            self.inventory.record_push(repository.path, manifest)
        self._on_push(repository.place)

    def _is_fixed(self, repository: Repository, tag: str) -> bool:
        if not repository.mutability.is_immutable(tag):
            return False
        return self.registry.find_digest(repository.path, tag) is not None
