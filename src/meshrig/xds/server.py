"""Serve snapshots over gRPC."""

import asyncio
import time
from collections.abc import AsyncIterator, Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import grpc
from envoy.service.discovery.v3 import ads_pb2_grpc, discovery_pb2

from meshrig.errors import MeshrigError
from meshrig.xds.delta import DeltaStream, Update
from meshrig.xds.snapshot import ORDER, Snapshot

_KEPT_NACKS = 20
_STOP_GRACE_SECONDS = 0.2


@dataclass(frozen=True)
class Nack:
    """A refusal by Envoy: which resources its answer was about, and its own words."""

    type_url: str
    resource_names: tuple[str, ...]
    detail: str
    time: float


@dataclass(frozen=True)
class NodeStatus:
    """``synced``: the Envoy has confirmed all of its present snapshot. ``nacks`` are those not yet made good."""

    connected: bool = False
    synced: bool = False
    nacks: tuple[Nack, ...] = ()


@dataclass
class _Node:
    snapshot: Snapshot | None = None
    wakeups: dict[DeltaStream, asyncio.Event] = field(default_factory=dict)
    nacks: list[Nack] = field(default_factory=list)
    progress: asyncio.Event = field(default_factory=asyncio.Event)

    def is_synced(self) -> bool:
        snapshot = self.snapshot
        return snapshot is not None and bool(self.wakeups) and all(s.is_synced(snapshot) for s in self.wakeups)

    def is_refused(self) -> bool:
        return self.snapshot is not None and any(stream.refuses(self.snapshot) for stream in self.wakeups)


class ControlPlane(ads_pb2_grpc.AggregatedDiscoveryServiceServicer):  # type: ignore[misc]
    """Holds one snapshot for each node id and streams it to the Envoys of that id, and to no other."""

    def __init__(self, authorize: Callable[[str, str], bool] = lambda _node_id, _peer: True) -> None:
        """``authorize(node id, gRPC peer)`` decides whether a stream may have that node's configuration."""
        self._authorize = authorize
        self._nodes: dict[str, _Node] = {}
        self._server: grpc.aio.Server | None = None

    async def start(self, address: str) -> str:
        """Listen on ``unix:/path`` (its folder decides who may connect) or ``host:port``; returns the bound address."""
        server = grpc.aio.server(options=[("grpc.so_reuseport", 0)])
        ads_pb2_grpc.add_AggregatedDiscoveryServiceServicer_to_server(self, server)
        if address.startswith("unix:"):
            Path(address.removeprefix("unix:")).unlink(missing_ok=True)
        try:
            port = server.add_insecure_port(address)
        except RuntimeError as error:
            raise MeshrigError(f"the control plane can't listen on {address}: {error}") from error
        await server.start()
        self._server = server
        return address if address.startswith("unix:") else f"{address.rpartition(':')[0]}:{port}"

    async def stop(self) -> None:
        if self._server:
            await self._server.stop(_STOP_GRACE_SECONDS)
            self._server = None

    def set_snapshot(self, node_id: str, snapshot: Snapshot) -> None:
        """Make this what the node should have; only what differs from what it has is sent."""
        node = self._node(node_id)
        node.snapshot = snapshot
        for wakeup in node.wakeups.values():
            wakeup.set()

    def status(self, node_id: str) -> NodeStatus:
        node = self._nodes.get(node_id)
        return NodeStatus(bool(node.wakeups), node.is_synced(), tuple(node.nacks)) if node else NodeStatus()

    async def wait_acked(self, node_id: str, timeout: float) -> bool:
        """Wait until the node has confirmed its snapshot; False after ``timeout`` seconds or when it refuses."""
        node = self._node(node_id)
        try:
            async with asyncio.timeout(timeout):
                while not node.is_synced():
                    if node.is_refused():
                        return False
                    node.progress.clear()
                    await node.progress.wait()
        except TimeoutError:
            return False
        return True

    async def DeltaAggregatedResources(  # noqa: N802
        self,
        requests: AsyncIterator[discovery_pb2.DeltaDiscoveryRequest],
        context: "grpc.aio.ServicerContext[discovery_pb2.DeltaDiscoveryRequest, discovery_pb2.DeltaDiscoveryResponse]",
    ) -> None:
        """One Envoy's stream; ends when the Envoy goes."""
        first = await anext(aiter(requests), None)
        if first is None:
            return
        if not self._authorize(first.node.id, context.peer()):
            await context.abort(grpc.StatusCode.PERMISSION_DENIED, f"not the configuration of {first.node.id}")
        node, stream, wakeup = self._node(first.node.id), DeltaStream(), asyncio.Event()
        node.wakeups[stream] = wakeup
        self._take(node, stream, first)
        wakeup.set()
        reader = asyncio.create_task(self._read(node, stream, requests, wakeup))
        try:
            while not reader.done():
                await wakeup.wait()
                wakeup.clear()
                for update in stream.next_updates(node.snapshot) if node.snapshot else ():
                    await context.write(_response(update))
        finally:
            reader.cancel()
            del node.wakeups[stream]
            node.progress.set()

    async def _read(
        self,
        node: _Node,
        stream: DeltaStream,
        requests: AsyncIterator[discovery_pb2.DeltaDiscoveryRequest],
        wakeup: asyncio.Event,
    ) -> None:
        try:
            async for request in requests:
                self._take(node, stream, request)
                wakeup.set()
        finally:
            wakeup.set()

    def _take(self, node: _Node, stream: DeltaStream, request: discovery_pb2.DeltaDiscoveryRequest) -> None:
        url = request.type_url
        if url not in ORDER:
            return
        if request.response_nonce:
            refused = request.HasField("error_detail")
            update = stream.acknowledge(url, request.response_nonce, accepted=not refused)
            _note(node, url, update, request.error_detail.message if refused else None)
        stream.subscribe(
            url,
            request.resource_names_subscribe,
            request.resource_names_unsubscribe,
            dict(request.initial_resource_versions),
        )
        node.progress.set()

    def _node(self, node_id: str) -> _Node:
        return self._nodes.setdefault(node_id, _Node())


def _note(node: _Node, url: str, update: Update | None, refusal: str | None) -> None:
    """Remember a refusal; a later acceptance of the same resources makes it good."""
    names = tuple(resource.name for resource in update.resources) if update else ()
    if refusal is None:
        node.nacks = [n for n in node.nacks if n.type_url != url or not set(n.resource_names) & set(names)]
        return
    # Envoy takes what it can of a response; its words name the resources it could not take.
    blamed = tuple(name for name in names if name in refusal) or names
    node.nacks = [*node.nacks, Nack(url, blamed, refusal, time.time())][-_KEPT_NACKS:]


def _response(update: Update) -> discovery_pb2.DeltaDiscoveryResponse:
    resources: Sequence[discovery_pb2.Resource] = [
        discovery_pb2.Resource(name=resource.name, version=resource.version, resource=resource.packed)
        for resource in update.resources
    ]
    return discovery_pb2.DeltaDiscoveryResponse(
        type_url=update.type_url, nonce=update.nonce, resources=resources, removed_resources=update.removed
    )
