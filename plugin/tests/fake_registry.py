"""A small registry in this process, with the semantics of registry:2 that the plugin leans on."""

import hashlib
import json
import re
import threading
import uuid
from collections.abc import Callable
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

MANIFEST = "application/vnd.oci.image.manifest.v1+json"
INDEX = "application/vnd.oci.image.index.v1+json"


def digest_of(content: bytes) -> str:
    return f"sha256:{hashlib.sha256(content).hexdigest()}"


@dataclass
class StoredRepository:
    blobs: dict[str, bytes] = field(default_factory=dict)
    manifests: dict[str, tuple[str, bytes]] = field(default_factory=dict)
    """By digest: media type and content."""
    tags: dict[str, str] = field(default_factory=dict)
    uploads: dict[str, bytes] = field(default_factory=dict)

    def find(self, reference: str) -> tuple[str, str, bytes] | None:
        """Digest, media type and content of a manifest, by tag or digest."""
        digest = self.tags.get(reference, reference)
        found = self.manifests.get(digest)
        return None if found is None else (digest, *found)

    def missing_part(self, manifest: dict[str, object]) -> str | None:
        """The digest of the first part of a manifest that is not there: of an index, a manifest; else a blob."""
        listed = manifest.get("manifests")
        parts = listed if isinstance(listed, list) else [manifest["config"], *manifest["layers"]]  # type: ignore[misc]
        there = self.manifests if isinstance(listed, list) else self.blobs
        return next((part["digest"] for part in parts if part["digest"] not in there), None)


@dataclass(frozen=True)
class Received:
    """A request, with what the registry saw of it."""

    method: str
    path: str
    headers: dict[str, str]


class FakeRegistry:
    """``repositories`` by name; ``deletes`` is REGISTRY_STORAGE_DELETE_ENABLED."""

    def __init__(self) -> None:
        self.repositories: dict[str, StoredRepository] = {}
        self.received: list[Received] = []
        self.deletes = True
        registry = self

        class Handler(_Handler):
            fake = registry

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        self.port = self._server.server_port
        threading.Thread(target=self._server.serve_forever, args=(0.02,), daemon=True).start()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def stop(self) -> None:
        self._server.shutdown()
        self._server.server_close()

    def repository(self, name: str) -> StoredRepository:
        return self.repositories.setdefault(name, StoredRepository())


class _Handler(BaseHTTPRequestHandler):
    fake: FakeRegistry
    protocol_version = "HTTP/1.1"

    def _serve(self) -> None:
        path, _, query = self.path.partition("?")
        self.fake.received.append(Received(self.command, self.path, dict(self.headers)))
        parameters = dict(part.split("=", 1) for part in query.split("&") if part)
        for pattern, handle in ROUTES:
            match = re.fullmatch(pattern, path)
            if match:
                handle(self, *match.groups(), parameters)
                return
        self._error(404, "NOT_FOUND")

    do_GET = do_HEAD = do_POST = do_PUT = do_PATCH = do_DELETE = _serve  # noqa: N815 -- http.server's names

    def _tags(self, name: str, _parameters: dict[str, str]) -> None:
        if name not in self.fake.repositories:
            self._error(404, "NAME_UNKNOWN")
        else:
            tags = sorted(self.fake.repositories[name].tags) or None
            self._send(200, json.dumps({"name": name, "tags": tags}).encode())

    def _manifest(self, name: str, reference: str, _parameters: dict[str, str]) -> None:
        repository = self.fake.repository(name)
        if self.command == "PUT":
            self._put_manifest(repository, reference)
        elif self.command == "DELETE":
            self._delete_manifest(repository, reference)
        elif (found := repository.find(reference)) is None:
            self._error(404, "MANIFEST_UNKNOWN")
        else:
            digest, media_type, content = found
            self._send(200, content, {"Content-Type": media_type, "Docker-Content-Digest": digest})

    def _put_manifest(self, repository: StoredRepository, reference: str) -> None:
        content = self._body()
        digest = digest_of(content)
        missing = repository.missing_part(json.loads(content))
        if missing is not None:
            self._error(404, "MANIFEST_BLOB_UNKNOWN", f"blob unknown to registry: {missing}")
            return
        repository.manifests[digest] = (self.headers["Content-Type"], content)
        if ":" not in reference:
            repository.tags[reference] = digest
        self._send(201, b"", {"Docker-Content-Digest": digest})

    def _delete_manifest(self, repository: StoredRepository, digest: str) -> None:
        if not self.fake.deletes:
            self._error(405, "UNSUPPORTED")
        elif repository.manifests.pop(digest, None) is None:
            self._error(404, "MANIFEST_UNKNOWN")
        else:
            repository.tags = {tag: named for tag, named in repository.tags.items() if named != digest}
            self._send(202, b"")

    def _blob(self, name: str, digest: str, _parameters: dict[str, str]) -> None:
        blob = self.fake.repository(name).blobs.get(digest)
        if blob is None:
            self._error(404, "BLOB_UNKNOWN")
        else:
            self._send(200, blob, {"Content-Type": "application/octet-stream", "Docker-Content-Digest": digest})

    def _start_upload(self, name: str, parameters: dict[str, str]) -> None:
        digest, source = parameters.get("mount", ""), parameters.get("from", "").replace("%2F", "/")
        repository = self.fake.repository(name)
        blobs = self.fake.repositories.get(source, StoredRepository()).blobs
        if digest.replace("%3A", ":") in blobs:
            digest = digest.replace("%3A", ":")
            repository.blobs[digest] = blobs[digest]
            self._send(201, b"", {"Location": f"{self.fake.url}/v2/{name}/blobs/{digest}"})
            return
        upload = str(uuid.uuid4())
        repository.uploads[upload] = b""
        self._send(202, b"", {"Location": self._upload_url(name, upload), "Range": "0-0"})

    def _upload(self, name: str, upload: str, parameters: dict[str, str]) -> None:
        repository = self.fake.repository(name)
        if upload not in repository.uploads or "_state" not in parameters:
            self._error(404, "BLOB_UPLOAD_UNKNOWN")
            return
        repository.uploads[upload] += self._body()
        if self.command == "PATCH":
            end = len(repository.uploads[upload]) - 1
            self._send(202, b"", {"Location": self._upload_url(name, upload), "Range": f"0-{end}"})
            return
        content = repository.uploads.pop(upload)
        digest = digest_of(content)
        if parameters["digest"].replace("%3A", ":") != digest:
            self._error(400, "DIGEST_INVALID")
            return
        repository.blobs[digest] = content
        self._send(201, b"", {"Location": f"{self.fake.url}/v2/{name}/blobs/{digest}"})

    def _upload_url(self, name: str, upload: str) -> str:
        return f"{self.fake.url}/v2/{name}/blobs/uploads/{upload}?_state=opaque"

    def _body(self) -> bytes:
        if self.headers.get("Transfer-Encoding") == "chunked":
            content = b""
            while size := int(self.rfile.readline(), 16):
                content += self.rfile.read(size)
                self.rfile.readline()
            self.rfile.readline()
            return content
        return self.rfile.read(int(self.headers.get("Content-Length", "0")))

    def _error(self, status: int, code: str, message: str = "") -> None:
        self._send(status, json.dumps({"errors": [{"code": code, "message": message}]}).encode())

    def _send(self, status: int, content: bytes, headers: dict[str, str] | None = None) -> None:
        self.send_response(status)
        for name, value in {**(headers or {}), "Content-Length": str(len(content))}.items():
            self.send_header(name, value)
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(content)

    def log_message(self, format: str, *args: object) -> None:
        """Quiet."""


ROUTES: tuple[tuple[str, Callable[..., None]], ...] = (
    (r"/v2/(.+)/tags/list", _Handler._tags),
    (r"/v2/(.+)/manifests/([^/]+)", _Handler._manifest),
    (r"/v2/(.+)/blobs/uploads/", _Handler._start_upload),
    (r"/v2/(.+)/blobs/uploads/([^/]+)", _Handler._upload),
    (r"/v2/(.+)/blobs/([^/]+)", _Handler._blob),
)


def image_of(repository: StoredRepository, text: str) -> bytes:
    """Puts the layer and configuration of an image into a repository; gives its manifest."""
    blobs = [f"config of {text}".encode(), f"layer of {text}".encode()]
    repository.blobs |= {digest_of(blob): blob for blob in blobs}
    config, layer = (
        {"mediaType": f"application/x-{kind}", "digest": digest_of(blob), "size": len(blob)}
        for kind, blob in zip(("config", "layer"), blobs, strict=True)
    )
    return json.dumps({"schemaVersion": 2, "mediaType": MANIFEST, "config": config, "layers": [layer]}).encode()


def index_of(*manifests: bytes) -> bytes:
    """An index of images."""
    listed = [{"mediaType": MANIFEST, "digest": digest_of(each), "size": len(each)} for each in manifests]
    return json.dumps({"schemaVersion": 2, "mediaType": INDEX, "manifests": listed}).encode()
