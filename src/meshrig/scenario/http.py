"""HTTP/1.1 messages of the load generator: bytes made ahead, answers parsed as they come."""

import ssl
from dataclasses import dataclass
from urllib.parse import urlsplit

from meshrig.errors import MeshrigError


@dataclass(frozen=True, slots=True)
class Answer:
    """``status`` 0: no answer (``body`` says why)."""

    status: int
    body: bytes


@dataclass(frozen=True)
class Address:
    """Where an invoke URL leads; ``prefix`` is its path without the closing slash."""

    host: str
    port: int
    prefix: str
    tls: ssl.SSLContext | None = None

    @classmethod
    def of(cls, url: str) -> "Address":
        """Raises MeshrigError for what isn't an http or https URL."""
        try:
            parts = urlsplit(url)
            port = parts.port
        except ValueError as error:
            raise MeshrigError(f"{url} is not a URL: {error}") from error
        if parts.scheme not in {"http", "https"} or not parts.hostname:
            raise MeshrigError(f"{url} is not an http or https URL")
        secure = parts.scheme == "https"
        tls = ssl.create_default_context() if secure else None
        return cls(parts.hostname, port or (443 if secure else 80), parts.path.rstrip("/"), tls)

    @property
    def authority(self) -> str:
        """The Host header."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return host if self.port == (443 if self.tls else 80) else f"{host}:{self.port}"


def render(address: Address, method: str, path: str, body: str) -> bytes:
    """The bytes of a request with a JSON body, if any."""
    payload = body.encode()
    lines = [f"{method} {address.prefix}{path} HTTP/1.1", f"Host: {address.authority}", "Accept: */*"]
    if payload or method in {"POST", "PUT", "PATCH"}:
        lines.append(f"Content-Length: {len(payload)}")
    if payload:
        lines.append("Content-Type: application/json")
    return "\r\n".join([*lines, "", ""]).encode() + payload


class AnswerParser:
    """Takes the bytes of one answer in any pieces. Every method raises ValueError for what isn't HTTP/1.1."""

    def __init__(self, *, bodiless: bool = False) -> None:
        self._data = bytearray()
        self._head_end = 0
        self._status = 0
        self._length: int | None = None
        self._chunked = False
        self._bodiless = bodiless
        self.keep_alive = False

    def feed(self, data: bytes) -> Answer | None:
        """The answer, once it is whole."""
        self._data += data
        while not self._head_end:
            if (end := self._data.find(b"\r\n\r\n")) < 0:
                return None
            self._read_head(bytes(self._data[:end]))
            if 100 <= self._status < 200:
                del self._data[: end + 4]
            else:
                self._head_end = end + 4
        if self._chunked:
            return self._read_chunks()
        if self._length is None or len(self._data) - self._head_end < self._length:
            return None
        return Answer(self._status, bytes(self._data[self._head_end : self._head_end + self._length]))

    def end(self) -> Answer | None:
        """The answer where the end of the connection ends it; None where something is missing."""
        if not self._head_end or self._chunked or self._length is not None:
            return None
        return Answer(self._status, bytes(self._data[self._head_end :]))

    def _read_head(self, head: bytes) -> None:
        first, *lines = head.split(b"\r\n")
        version, _, rest = first.partition(b" ")
        if not version.startswith(b"HTTP/1.") or not rest[:3].isdigit():
            raise ValueError(f"not an HTTP/1.1 answer: {first[:60]!r}")
        self._status = int(rest[:3])
        headers = {name.lower(): value.strip().lower() for name, _, value in (line.partition(b":") for line in lines)}
        self._chunked = headers.get(b"transfer-encoding") == b"chunked"
        length = headers.get(b"content-length")
        self._length = int(length) if length is not None else None
        if (self._length or 0) < 0:
            raise ValueError(f"content-length {self._length}")
        if self._bodiless or self._status in {204, 304}:
            self._length, self._chunked = 0, False
        ends = self._chunked or self._length is not None
        self.keep_alive = ends and version == b"HTTP/1.1" and headers.get(b"connection") != b"close"

    def _read_chunks(self) -> Answer | None:
        at = self._head_end
        parts: list[bytes] = []
        while (line_end := self._data.find(b"\r\n", at)) >= 0:
            size = int(self._data[at:line_end].partition(b";")[0], 16)
            if size < 0:
                raise ValueError(f"a chunk of {size} bytes")
            if size == 0:
                whole = self._data.find(b"\r\n\r\n", line_end) >= 0
                return Answer(self._status, b"".join(parts)) if whole else None
            at = line_end + 2 + size + 2
            if len(self._data) < at:
                break
            parts.append(bytes(self._data[line_end + 2 : at - 2]))
        return None
