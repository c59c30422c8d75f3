"""Pushes, listing and deletion against a registry, below HTTP."""

from datetime import UTC, datetime

import pytest
from ecr_support import HOME
from fake_registry import INDEX, MANIFEST, FakeRegistry, StoredRepository, digest_of, image_of, index_of

from meshrig_localstack.services.ecr.deletion import ImageDeletion
from meshrig_localstack.services.ecr.image_ids import Failure, ImageId
from meshrig_localstack.services.ecr.manifests import Manifest
from meshrig_localstack.services.ecr.mutability import TagMutability
from meshrig_localstack.services.ecr.parts import EcrParts
from meshrig_localstack.services.ecr.pushes import BadReferenceError, ImmutableTagError
from meshrig_localstack.services.ecr.registry import RegistryRefusalError, RegistryUnavailableError
from meshrig_localstack.services.ecr.repositories import Repository

PATH = "000000000000/us-east-1/users"
USERS = Repository(HOME, "users", "arn", TagMutability("MUTABLE"))


@pytest.fixture
def stored(fake: FakeRegistry) -> StoredRepository:
    return fake.repository(PATH)


def push(parts: EcrParts, stored: StoredRepository, text: str, reference: str | None = None) -> str:
    content = image_of(stored, text)
    parts.images.push(USERS, reference or digest_of(content), Manifest(content, MANIFEST))
    return digest_of(content)


def tags_by_digest(parts: EcrParts) -> dict[str, tuple[str, ...]]:
    return {image.digest: tuple(image.tags) for image in parts.images.of_repository(PATH)}


def delete(parts: EcrParts, *image_ids: ImageId) -> tuple[list[ImageId], list[str]]:
    deleted, failures = ImageDeletion(parts.images, USERS).delete(image_ids)
    return deleted, [failure.code for failure in failures]


def test_an_image_that_lost_its_tag_is_still_known(parts: EcrParts, stored: StoredRepository) -> None:
    first, second = push(parts, stored, "one", "latest"), push(parts, stored, "two", "latest")
    assert tags_by_digest(parts) == {first: (), second: ("latest",)}


def test_what_is_told_of_an_image(parts: EcrParts, stored: StoredRepository) -> None:
    before = datetime.now(UTC).replace(microsecond=0)
    digest = push(parts, stored, "one", "b")
    push(parts, stored, "one", "a")
    [image] = parts.images.of_repository(PATH)
    assert (image.digest, image.tags) == (digest, ("a", "b"))
    assert image.facts.size == len(b"config of one") + len(b"layer of one")
    assert (image.facts.media_type, image.facts.artifact_type) == (MANIFEST, "application/x-config")
    assert image.pushed_at is not None
    assert before <= image.pushed_at <= datetime.now(UTC)


def test_an_image_put_there_behind_ecrs_back(parts: EcrParts, stored: StoredRepository) -> None:
    content = image_of(stored, "foreign")
    stored.manifests[digest_of(content)] = (MANIFEST, content)
    stored.tags["v1"] = digest_of(content)
    [image] = parts.images.of_repository(PATH)
    assert (image.tags, image.pushed_at) == (("v1",), None)


def test_an_immutable_tag_is_not_pushed_twice(parts: EcrParts, stored: StoredRepository) -> None:
    fixed = Repository(HOME, "users", "arn", TagMutability("IMMUTABLE_WITH_EXCLUSION", ("dev-*",)))
    one, two = (Manifest(image_of(stored, text), MANIFEST) for text in ("one", "two"))
    for tag in ("v1", "dev-1"):
        parts.images.push(fixed, tag, one)
    for again in (one, two):
        with pytest.raises(ImmutableTagError, match="The image tag 'v1' already exists in the 'users' repository"):
            parts.images.push(fixed, "v1", again)
    parts.images.push(fixed, "dev-1", two)
    assert tags_by_digest(parts) == {one.digest: ("v1",), two.digest: ("dev-1",)}


def test_references_that_cannot_be_pushed(parts: EcrParts, stored: StoredRepository) -> None:
    content = image_of(stored, "one")
    for reference in ("sha256:" + "0" * 64, "meshrig-pushed-1-" + "0" * 64, ".hidden"):
        with pytest.raises(BadReferenceError):
            parts.images.push(USERS, reference, Manifest(content, MANIFEST))
    assert not stored.manifests


def test_an_image_without_its_layers_is_refused(parts: EcrParts, fake: FakeRegistry) -> None:
    content = image_of(fake.repository("elsewhere"), "one")
    with pytest.raises(RegistryRefusalError) as refused:
        parts.images.push(USERS, "v1", Manifest(content, MANIFEST))
    assert (refused.value.status, refused.value.code) == (404, "MANIFEST_BLOB_UNKNOWN")


def test_a_tag_goes_before_its_image(parts: EcrParts, stored: StoredRepository) -> None:
    digest = push(parts, stored, "one", "a")
    push(parts, stored, "one", "b")
    assert delete(parts, ImageId(tag="a")) == ([ImageId(digest, "a")], [])
    assert tags_by_digest(parts) == {digest: ("b",)}
    assert delete(parts, ImageId(tag="b")) == ([ImageId(digest, "b")], [])
    assert not stored.manifests
    assert not stored.tags


def test_a_digest_takes_all_tags_with_it(parts: EcrParts, stored: StoredRepository) -> None:
    kept = push(parts, stored, "two", "c")
    digest = push(parts, stored, "one", "a")
    push(parts, stored, "one", "b")
    assert delete(parts, ImageId(digest)) == ([ImageId(digest, "a"), ImageId(digest, "b")], [])
    assert tags_by_digest(parts) == {kept: ("c",)}


def test_why_images_are_not_deleted(parts: EcrParts, stored: StoredRepository) -> None:
    one, two = push(parts, stored, "one", "a"), push(parts, stored, "two", "b")
    requests = (ImageId(tag="none"), ImageId(), ImageId("sha256:x"), ImageId(two, "a"))
    codes = ["ImageNotFound", "MissingDigestAndTag", "InvalidImageDigest", "ImageTagDoesNotMatchDigest"]
    assert delete(parts, *requests) == ([], codes)
    assert set(tags_by_digest(parts)) == {one, two}


def test_images_of_an_index(parts: EcrParts, stored: StoredRepository) -> None:
    children = [push(parts, stored, text) for text in ("small", "a much larger one")]
    index = Manifest(index_of(*(stored.manifests[child][1] for child in children)), INDEX)
    parts.images.push(USERS, "v1", index)
    sizes = {image.digest: image.facts.size for image in parts.images.of_repository(PATH)}
    assert sizes[index.digest] == max(sizes[child] for child in children) > 0
    [failure] = ImageDeletion(parts.images, USERS).delete([ImageId(children[0])])[1]
    assert isinstance(failure, Failure)
    assert (failure.code, index.digest in failure.reason) == ("ImageReferencedByManifestList", True)
    deleted, failures = delete(parts, *(ImageId(child) for child in children), ImageId(index.digest))
    assert (len(deleted), failures) == (3, [])
    assert not stored.manifests


def test_a_registry_that_deletes_nothing(parts: EcrParts, fake: FakeRegistry, stored: StoredRepository) -> None:
    digest = push(parts, stored, "one", "a")
    push(parts, stored, "one", "b")
    fake.deletes = False
    for image_id in (ImageId(digest), ImageId(tag="a")):
        with pytest.raises(RegistryRefusalError, match="REGISTRY_STORAGE_DELETE_ENABLED=true"):
            ImageDeletion(parts.images, USERS).delete([image_id])
    assert tags_by_digest(parts) == {digest: ("a", "b")}


def test_a_registry_that_does_not_answer(parts: EcrParts, fake: FakeRegistry) -> None:
    fake.stop()
    with pytest.raises(RegistryUnavailableError, match=fake.url):
        parts.images.of_repository(PATH)
