"""Speaks the Registry v2 protocol as Docker does, for tests without Docker."""

import base64
import json
from collections.abc import Iterable
from dataclasses import dataclass
from http.client import HTTPConnection
from typing import Any

from fake_registry import MANIFEST, StoredRepository, digest_of, image_of


@dataclass(frozen=True)
class Received:
    """An answer."""

    status: int
    headers: dict[str, str]
    body: bytes

    @property
    def error(self) -> tuple[int, str, str]:
        """Status, code and message of a refusal."""
        error = json.loads(self.body)["errors"][0]
        return self.status, error["code"], error["message"]


@dataclass(frozen=True)
class DockerClient:
    """A client of one endpoint, logged in with ``password``."""

    port: int
    password: str | None
    user: str = "AWS"

    def ask(self, method: str, target: str, body: bytes | Iterable[bytes] | None = None, **headers: str) -> Received:
        """One request; keyword arguments are headers."""
        connection = HTTPConnection("127.0.0.1", self.port, timeout=20)
        if self.password is not None:
            credentials = base64.b64encode(f"{self.user}:{self.password}".encode()).decode()
            headers["Authorization"] = f"Basic {credentials}"
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        connection.request(method, target, body, named)
        response = connection.getresponse()
        received = Received(response.status, dict(response.headers), response.read())
        connection.close()
        return received

    def push_blob(self, name: str, content: bytes, query: str = "") -> Received:
        """An upload of one chunk of unknown length, as ``docker push`` makes it."""
        started = self.ask("POST", f"/v2/{name}/blobs/uploads/{query}", b"")
        assert started.status == 202, started
        sent = self.ask("PATCH", started.headers["Location"], iter([content]), Content_Type="application/octet-stream")
        assert sent.status == 202, sent
        return self.ask("PUT", f"{sent.headers['Location']}&digest={digest_of(content)}", b"")

    def push_image(self, name: str, tag: str, text: str, query: str = "") -> Received:
        """A whole image; gives the answer to its manifest."""
        local = StoredRepository()
        manifest = image_of(local, text)
        for blob in local.blobs.values():
            assert self.push_blob(name, blob, query).status == 201
        return self.ask("PUT", f"/v2/{name}/manifests/{tag}{query}", manifest, Content_Type=MANIFEST)

    def json(self, target: str) -> Any:
        """The body of a GET."""
        return json.loads(self.ask("GET", target).body)
