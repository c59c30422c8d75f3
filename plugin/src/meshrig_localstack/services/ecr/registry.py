"""A client of the registry behind ECR: the part of the Registry v2 protocol that ECR's own answers need.

Protocol: distribution.github.io/distribution/spec/api. registry:2 has no way to remove a tag and keep its image, so a
tag is first moved to an empty index of its own, which is then deleted.
"""

import json
import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from http.client import HTTPConnection, HTTPException, HTTPSConnection
from urllib.parse import urlsplit

from meshrig_localstack.services.ecr.manifests import MANIFEST_TYPES, OCI_INDEX, Manifest
from meshrig_localstack.services.ecr.settings import RegistryAddress

TIMEOUT_SECONDS = 300.0
"""The registry hashes a whole layer before it answers the request that completes it."""

ACCEPT = {"Accept": ", ".join(MANIFEST_TYPES)}


class RegistryUnavailableError(Exception):
    """The registry cannot be reached, or breaks off."""


class RegistryRefusalError(Exception):
    """The registry refuses a request; ``code`` and ``reason`` are those of the first error in its answer."""

    def __init__(self, status: int, code: str, reason: str) -> None:
        super().__init__(f"the registry answers {status} {code}: {reason}")
        self.status = status
        self.code = code
        self.reason = reason


@dataclass(frozen=True)
class _Answer:
    status: int
    headers: Mapping[str, str]
    body: bytes


class Registry:
    """The registry at ``address``. ``name`` is a repository's name in it, ``reference`` a tag or digest."""

    def __init__(self, address: RegistryAddress, timeout: float = TIMEOUT_SECONDS) -> None:
        self.address = address
        self._timeout = timeout

    def connect(self) -> HTTPConnection:
        """A new connection, to be closed by the caller."""
        kind = HTTPSConnection if self.address.scheme == "https" else HTTPConnection
        return kind(self.address.host, self.address.port, timeout=self._timeout, blocksize=256 * 1024)

    def list_tags(self, name: str) -> list[str]:
        """All tags; none when the registry does not know the repository."""
        tags: list[str] = []
        target = f"/v2/{name}/tags/list"
        while target:
            answer = self._call("GET", target)
            if answer.status == 404:
                return tags
            _expect(answer, 200)
            tags += json.loads(answer.body).get("tags") or []
            target = _next_page(answer.headers.get("Link", ""))
        return tags

    def find_digest(self, name: str, reference: str) -> str | None:
        """The digest of the manifest, None when there is none."""
        answer = self._call("HEAD", f"/v2/{name}/manifests/{reference}", ACCEPT)
        if answer.status == 404:
            return None
        _expect(answer, 200)
        return answer.headers.get("Docker-Content-Digest")

    def read_manifest(self, name: str, reference: str) -> Manifest | None:
        """The manifest, None when there is none."""
        answer = self._call("GET", f"/v2/{name}/manifests/{reference}", ACCEPT)
        if answer.status == 404:
            return None
        _expect(answer, 200)
        return Manifest(answer.body, answer.headers.get("Content-Type", ""))

    def put_manifest(self, name: str, reference: str, manifest: Manifest) -> None:
        """Stores a manifest whose parts are there; RegistryRefusalError otherwise."""
        headers = {"Content-Type": manifest.media_type}
        _expect(self._call("PUT", f"/v2/{name}/manifests/{reference}", headers, manifest.content), 201)

    def delete_manifest(self, name: str, digest: str) -> None:
        """Deletes a manifest and all its tags; fine when there is none."""
        answer = self._call("DELETE", f"/v2/{name}/manifests/{digest}")
        if answer.status == 405:
            text = f"the registry at {self.address} deletes nothing: start it with REGISTRY_STORAGE_DELETE_ENABLED=true"
            raise RegistryRefusalError(405, "UNSUPPORTED", text)
        if answer.status != 404:
            _expect(answer, 202)

    def remove_tag(self, name: str, tag: str) -> None:
        """Removes a tag, and not the image it names."""
        content = {
            "schemaVersion": 2,
            "mediaType": OCI_INDEX,
            "manifests": [],
            "annotations": {"id": str(uuid.uuid4())},
        }
        empty = Manifest(json.dumps(content).encode(), OCI_INDEX)
        self.delete_manifest(
            name, empty.digest
        )  # is not there: fails before the tag moves where nothing can be deleted
        self.put_manifest(name, tag, empty)
        self.delete_manifest(name, empty.digest)

    def blob_size(self, name: str, digest: str) -> int | None:
        """The size of a layer, None when there is none."""
        answer = self._call("HEAD", f"/v2/{name}/blobs/{digest}")
        if answer.status in (400, 404):
            return None
        _expect(answer, 200)
        return int(answer.headers.get("Content-Length", "0"))

    def _call(self, method: str, target: str, headers: Mapping[str, str] | None = None, body: bytes = b"") -> _Answer:
        connection = self.connect()
        try:
            connection.request(method, target, body or None, dict(headers or {}))
            response = connection.getresponse()
            return _Answer(response.status, dict(response.headers), response.read())
        except (OSError, HTTPException) as problem:
            raise RegistryUnavailableError(f"the registry at {self.address} does not answer: {problem}") from problem
        finally:
            connection.close()


def _expect(answer: _Answer, status: int) -> None:
    if answer.status == status:
        return
    try:
        error = json.loads(answer.body)["errors"][0]
        code, message = str(error["code"]), str(error.get("message", ""))
    except (ValueError, LookupError, TypeError):
        code, message = "UNKNOWN", answer.body[:200].decode(errors="replace")
    raise RegistryRefusalError(answer.status, code, message)


def _next_page(link: str) -> str:
    """The target of a Link header with rel="next"; empty when there is none."""
    if 'rel="next"' not in link or not link.startswith("<"):
        return ""
    parts = urlsplit(link[1 : link.index(">")])
    return f"{parts.path}?{parts.query}"
