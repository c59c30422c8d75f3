"""A Kubernetes API server in this process: objects, versions, watches and token reviews, as far as tests need them."""

import asyncio
import copy
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

from aiohttp import web

from meshrig.kube.client import KubeClient
from meshrig.kube.connection import Connection
from meshrig.kube.kinds import KINDS, Kind, Object


@dataclass
class FakeApi:
    """``requests``: what was asked, such as ``GET /api/v1/pods``; ``reviews``: token -> TokenReview status."""

    objects: dict[str, Object] = field(default_factory=dict)
    history: list[tuple[int, str, str, Object]] = field(default_factory=list)
    requests: list[str] = field(default_factory=list)
    reviews: dict[str, Object] = field(default_factory=dict)
    version: int = 0
    compacted: int = 0
    refuse: int = 0
    page: int = 0
    _changed: asyncio.Event = field(default_factory=asyncio.Event)
    _connections: set[asyncio.Task[Any]] = field(default_factory=set)

    def put(self, body: Object) -> Object:
        """Create or change an object, as somebody else would."""
        kind, metadata = KINDS[body["kind"]], body["metadata"]
        path = kind.path(metadata.get("namespace", ""), metadata["name"])
        return self._store(path, copy.deepcopy(body), "MODIFIED" if path in self.objects else "ADDED")

    def remove(self, kind: Kind, name: str, namespace: str = "") -> None:
        path = kind.path(namespace, name)
        self._record(path, self.objects.pop(path), "DELETED")

    def find(self, kind: Kind, name: str, namespace: str = "") -> Object | None:
        return self.objects.get(kind.path(namespace, name))

    def bookmark(self) -> None:
        """Tell every watch the present version, which an unrelated change has moved on."""
        self.version += 1
        self.history.append((self.version, "", "BOOKMARK", {"metadata": {"resourceVersion": str(self.version)}}))
        self._wake()

    def forget_history(self) -> None:
        """What happened so far can't be watched any more."""
        self.compacted = self.version
        self.history.clear()

    def break_connections(self) -> None:
        for task in self._connections:
            task.cancel()

    def count(self, request: str) -> int:
        return sum(1 for made in self.requests if made.startswith(request))

    # --- HTTP ---

    async def handle(self, request: web.Request) -> web.StreamResponse:
        watching = "watch" in request.query
        self.requests.append(f"{'WATCH' if watching else request.method} {request.path}")
        if self.refuse:
            return _status(self.refuse, "Refused", "as the test says")
        if request.path == "/apis/authentication.k8s.io/v1/tokenreviews":
            return await self._review(request)
        if watching:
            return await self._watch(request)
        if request.method == "GET":
            return self._get(request)
        return await self._write(request)

    async def _review(self, request: web.Request) -> web.Response:
        body = await request.json()
        status = self.reviews.get(body["spec"]["token"], {"authenticated": False})
        if status.get("audiences") and not set(status["audiences"]) & set(body["spec"]["audiences"]):
            status = {"authenticated": False, "error": "token audiences don't match"}
        return web.json_response({**body, "status": status}, status=201)

    def _get(self, request: web.Request) -> web.Response:
        if request.path in self.objects:
            return web.json_response(self.objects[request.path])
        if not _is_collection(request.path):
            return _status(404, "NotFound", f"{request.path} not found")
        items = [value for path, value in sorted(self.objects.items()) if _selected(request, path, value)]
        metadata: Object = {"resourceVersion": str(self.version)}
        if self.page:
            start = int(request.query.get("continue", "0"))
            if start + self.page < len(items):
                metadata["continue"] = str(start + self.page)
            items = items[start : start + self.page]
        return web.json_response({"metadata": metadata, "items": items})

    async def _write(self, request: web.Request) -> web.Response:
        path = request.path
        if request.method == "DELETE":
            if path not in self.objects:
                return _status(404, "NotFound", f"{path} not found")
            self._record(path, self.objects.pop(path), "DELETED")
            return web.json_response({"kind": "Status", "status": "Success"})
        body = json.loads(await request.text())
        if request.method == "POST":
            path = f"{path}/{body['metadata']['name']}"
            if path in self.objects:
                return _status(409, "AlreadyExists", f"{path} already exists")
            return web.json_response(self._store(path, body, "ADDED"), status=201)
        target = path.removesuffix("/status")
        known = self.objects.get(target)
        applies = request.headers["Content-Type"].startswith("application/apply-patch")
        if known is None and not applies:
            return _status(404, "NotFound", f"{target} not found")
        if request.method == "PUT" and known and body["metadata"].get("resourceVersion") != _version(known):
            return _status(409, "Conflict", "the object has been modified")
        merged = body if request.method == "PUT" or known is None else _merge(known, body)
        return web.json_response(self._store(target, merged, "MODIFIED" if known else "ADDED"))

    async def _watch(self, request: web.Request) -> web.StreamResponse:
        since = int(request.query["resourceVersion"])
        response = web.StreamResponse()
        await response.prepare(request)
        if since < self.compacted:
            gone = {"kind": "Status", "code": 410, "reason": "Expired", "message": "too old resource version"}
            await response.write(json.dumps({"type": "ERROR", "object": gone}).encode() + b"\n")
            return response
        task = asyncio.current_task()
        assert task
        self._connections.add(task)
        try:
            while True:
                changed = self._changed
                for version, path, kind, value in [entry for entry in self.history if entry[0] > since]:
                    since = version
                    if kind == "BOOKMARK" or _selected(request, path, value):
                        await response.write(json.dumps({"type": kind, "object": value}).encode() + b"\n")
                await changed.wait()
        finally:
            self._connections.discard(task)

    def _store(self, path: str, body: Object, change: str) -> Object:
        body["metadata"].setdefault("uid", f"uid-{path}")
        self.objects[path] = body
        self._record(path, body, change)
        return body

    def _record(self, path: str, body: Object, change: str) -> None:
        self.version += 1
        body["metadata"]["resourceVersion"] = str(self.version)
        self.history.append((self.version, path, change, copy.deepcopy(body)))
        self._wake()

    def _wake(self) -> None:
        self._changed.set()
        self._changed = asyncio.Event()


@asynccontextmanager
async def serving(api: FakeApi) -> AsyncIterator[KubeClient]:
    """A client of that server, over HTTP."""
    app = web.Application()
    app.router.add_route("*", "/{path:.*}", api.handle)
    runner = web.AppRunner(app, shutdown_timeout=0.1)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    host, port = runner.addresses[0][:2]
    async with KubeClient(Connection(f"http://{host}:{port}")) as client:
        yield client
    await runner.cleanup()


def _is_collection(path: str) -> bool:
    return path.rpartition("/")[2] in {kind.plural for kind in KINDS.values()}


def _selected(request: web.Request, path: str, value: Object) -> bool:
    collection, _, name = path.rpartition("/")
    plural = request.path.rpartition("/")[2]
    root = request.path.removesuffix(f"/{plural}").partition("/namespaces/")[0]
    same_place = collection == request.path
    everywhere = (
        "/namespaces/" not in request.path and collection.startswith(root) and collection.endswith(f"/{plural}")
    )
    wanted = request.query.get("fieldSelector", "").removeprefix("metadata.name=")
    label, _, expected = request.query.get("labelSelector", "").partition("=")
    labelled = not label or (value["metadata"].get("labels") or {}).get(label) == expected
    return (same_place or everywhere) and wanted in ("", name) and labelled


def _merge(known: Any, change: Any) -> Any:
    if not isinstance(known, dict) or not isinstance(change, dict):
        return change
    merged = {**known, **{key: _merge(known.get(key), value) for key, value in change.items()}}
    return {key: value for key, value in merged.items() if value is not None}


def _version(value: Object) -> str:
    return str(value["metadata"]["resourceVersion"])


def _status(code: int, reason: str, message: str) -> web.Response:
    return web.json_response({"kind": "Status", "code": code, "reason": reason, "message": message}, status=code)
