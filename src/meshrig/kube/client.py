"""Calls of the Kubernetes API."""

import json
from collections.abc import AsyncIterator
from dataclasses import dataclass
from types import TracebackType
from typing import Any, Self

import aiohttp

from meshrig.kube.connection import Connection
from meshrig.kube.errors import KubeError
from meshrig.kube.kinds import KINDS, Kind, Object

FIELD_MANAGER = "meshrig"
_CALL_TIMEOUT = aiohttp.ClientTimeout(total=30, sock_connect=5)
_PAGE = 500
# The server ends a watch after this time, so that no half-dead connection is trusted for long.
_WATCH_SECONDS = 240
# Bookmarks come about once a minute: silence for longer means that the connection is dead.
_WATCH_TIMEOUT = aiohttp.ClientTimeout(total=_WATCH_SECONDS + 30, sock_connect=5, sock_read=90)


@dataclass(frozen=True)
class Selection:
    """Which objects of a kind: of one namespace (empty: of all), and of one name where it is given."""

    kind: Kind
    namespace: str = ""
    name: str = ""
    labels: str = ""

    def parameters(self) -> dict[str, str]:
        parameters = {"fieldSelector": f"metadata.name={self.name}"} if self.name else {}
        return parameters | ({"labelSelector": self.labels} if self.labels else {})


@dataclass(frozen=True)
class Listing:
    items: tuple[Object, ...]
    resource_version: str


@dataclass(frozen=True)
class Event:
    """One change: ``type`` is ADDED, MODIFIED, DELETED or BOOKMARK."""

    type: str
    object: Object


class KubeClient:
    """Every call raises KubeError when the server refuses or doesn't answer."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self._session: aiohttp.ClientSession | None = None

    async def __aenter__(self) -> Self:
        self._session = aiohttp.ClientSession(
            connector=aiohttp.TCPConnector(ssl=self._connection.tls or True, limit=64), trust_env=False
        )
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._session:
            await self._session.close()

    async def get(self, kind: Kind, name: str, namespace: str = "") -> Object:
        return await self._call("GET", kind.path(namespace, name))

    async def list(self, selection: Selection) -> Listing:
        """All of them, page by page."""
        items: list[Object] = []
        parameters = selection.parameters() | {"limit": str(_PAGE)}
        while True:
            answer = await self._call("GET", selection.kind.path(selection.namespace), parameters)
            items += answer.get("items") or ()
            if not (following := answer["metadata"].get("continue")):
                return Listing(tuple(items), answer["metadata"]["resourceVersion"])
            parameters["continue"] = following

    async def create(self, body: Object) -> Object:
        kind, metadata = KINDS[body["kind"]], body.get("metadata") or {}
        return await self._call("POST", kind.path(metadata.get("namespace", "")), body=body)

    async def replace(self, body: Object) -> Object:
        """Write a whole object that was read before; refused with a conflict if it has changed since."""
        kind, metadata = KINDS[body["kind"]], body["metadata"]
        return await self._call("PUT", kind.path(metadata.get("namespace", ""), metadata["name"]), body=body)

    async def apply(self, body: Object) -> Object:
        """Server-side apply: create it, or make what ``body`` says of it so (JSON is YAML)."""
        kind, metadata = KINDS[body["kind"]], body["metadata"]
        path = kind.path(metadata.get("namespace", ""), metadata["name"])
        parameters = {"fieldManager": FIELD_MANAGER, "force": "true"}
        return await self._call("PATCH", path, parameters, body, "application/apply-patch+yaml")

    async def merge(self, kind: Kind, name: str, change: Object, namespace: str = "", subresource: str = "") -> Object:
        """Change some fields (JSON merge patch)."""
        path = kind.path(namespace, name, subresource)
        return await self._call("PATCH", path, body=change, content_type="application/merge-patch+json")

    async def delete(self, kind: Kind, name: str, namespace: str = "") -> None:
        """Gone already is fine."""
        try:
            await self._call("DELETE", kind.path(namespace, name))
        except KubeError as error:
            if not error.is_missing:
                raise

    async def watch(self, selection: Selection, resource_version: str) -> AsyncIterator[Event]:
        """What changes after that version, until the server ends the watch."""
        parameters = selection.parameters() | {
            "watch": "true",
            "allowWatchBookmarks": "true",
            "resourceVersion": resource_version,
            "timeoutSeconds": str(_WATCH_SECONDS),
        }
        path = selection.kind.path(selection.namespace)
        try:
            async with self._request("GET", path, params=parameters, timeout=_WATCH_TIMEOUT) as response:
                await _raise_for_status(response, f"watch {path}")
                async for line in _lines(response.content):
                    yield _event(json.loads(line), path)
        except (aiohttp.ClientError, TimeoutError, OSError, json.JSONDecodeError) as error:
            raise KubeError(f"the watch of {path} broke: {_text(error)}") from error

    async def _call(
        self,
        method: str,
        path: str,
        parameters: dict[str, str] | None = None,
        body: Object | None = None,
        content_type: str = "application/json",
    ) -> Object:
        data = None if body is None else json.dumps(body).encode()
        headers = {"Content-Type": content_type} if data is not None else {}
        try:
            async with self._request(
                method, path, params=parameters, data=data, headers=headers, timeout=_CALL_TIMEOUT
            ) as response:
                await _raise_for_status(response, f"{method} {path}")
                content: Object = await response.json(content_type=None)
                return content
        except (aiohttp.ClientError, TimeoutError, OSError) as error:
            raise KubeError(f"{method} {path}: the API server doesn't answer: {_text(error)}") from error

    def _request(
        self, method: str, path: str, headers: dict[str, str] | None = None, **options: Any
    ) -> "aiohttp.client._RequestContextManager":
        if self._session is None:
            raise RuntimeError("use the client as an asynchronous context manager")
        every = {"Accept": "application/json", **self._connection.headers(), **(headers or {})}
        return self._session.request(method, self._connection.server + path, headers=every, **options)


def _event(line: dict[str, Any], path: str) -> Event:
    if line["type"] == "ERROR":
        status = line["object"]
        raise KubeError(f"watch {path}: {status.get('message')}", status.get("code", 0), status.get("reason", ""))
    return Event(line["type"], line["object"])


async def _raise_for_status(response: aiohttp.ClientResponse, what: str) -> None:
    if response.status < 400:
        return
    text = await response.text()
    try:
        status = json.loads(text)
    except json.JSONDecodeError:
        status = {"message": text.strip()[:200]}
    message = f"{what}: {status.get('message') or response.reason}"
    raise KubeError(message, response.status, status.get("reason") or "")


async def _lines(stream: aiohttp.StreamReader) -> AsyncIterator[bytes]:
    """Lines of any length; aiohttp's own ``readline`` refuses long ones."""
    rest = b""
    async for chunk in stream.iter_any():
        *whole, rest = (rest + chunk).split(b"\n")
        for line in whole:
            if line.strip():
                yield line


def _text(error: BaseException) -> str:
    return str(error) or type(error).__name__
