"""Passes a request to the registry and its answer back, holding no more than a piece of either in memory."""

import logging
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from http.client import HTTPConnection, HTTPException, HTTPResponse
from io import BufferedIOBase

from meshrig_localstack.services.ecr.docker.bodies import PIECE, ClientGoneError, RequestBody
from meshrig_localstack.services.ecr.registry import Registry, RegistryUnavailableError

LOG = logging.getLogger(__name__)

REQUEST_HEADERS = ("Accept", "Content-Type", "Content-Range", "Range", "If-None-Match", "User-Agent")
ANSWER_HEADERS = (
    "Accept-Ranges",
    "Cache-Control",
    "Content-Length",
    "Content-Range",
    "Content-Type",
    "Docker-Content-Digest",
    "Docker-Upload-UUID",
    "ETag",
    "Range",
)
BODILESS = (204, 304)


@dataclass(frozen=True)
class RegistryAnswer:
    """The registry's answer, its body still to be read; to be closed."""

    connection: HTTPConnection
    response: HTTPResponse

    @property
    def status(self) -> int:
        """The HTTP status."""
        return self.response.status

    @property
    def location(self) -> str | None:
        """Where an upload goes on, or what was made."""
        return self.response.headers.get("Location")

    def headers(self) -> dict[str, str]:
        """Those that are the client's business."""
        found = ((name, self.response.headers.get(name)) for name in ANSWER_HEADERS)
        return {name: value for name, value in found if value is not None}

    def copy_body(self, output: BufferedIOBase) -> bool:
        """Writes the body to the client; False when the registry broke off, or the length was not known."""
        expected = self.response.length
        copied = 0
        try:
            while piece := self.response.read(PIECE):
                output.write(piece)
                copied += len(piece)
        except HTTPException as problem:
            LOG.warning("the registry breaks off: %r", problem)
            return False
        return copied == expected

    def close(self) -> None:
        """Ends the connection."""
        self.connection.close()


def pass_on(
    registry: Registry, method: str, target: str, headers: Mapping[str, str], body: RequestBody
) -> RegistryAnswer:
    """Sends a request on; RegistryUnavailableError, ClientGoneError."""
    connection = registry.connect()
    try:
        _send(connection, method, target, headers, body)
        return RegistryAnswer(connection, connection.getresponse())
    except (OSError, HTTPException) as problem:
        connection.close()
        text = f"the registry at {registry.address} does not answer: {problem}"
        raise RegistryUnavailableError(text) from problem
    except ClientGoneError:
        connection.close()
        raise


def _send(connection: HTTPConnection, method: str, target: str, headers: Mapping[str, str], body: RequestBody) -> None:
    connection.putrequest(method, target, skip_accept_encoding=True)
    for name in REQUEST_HEADERS:
        value = headers.get(name.lower())
        if value is not None:
            connection.putheader(name, value)
    pieces: Iterable[bytes] | None = body.pieces()
    if body.length is None:
        connection.putheader("Transfer-Encoding", "chunked")
    elif body.length or method in ("POST", "PUT", "PATCH"):
        connection.putheader("Content-Length", str(body.length))
    else:
        pieces = None
    try:
        connection.endheaders(pieces, encode_chunked=body.length is None)
    except (BrokenPipeError, ConnectionResetError):
        LOG.debug("the registry answered before it had all of %s %s", method, target)
