"""Serve snapshots over gRPC."""

import asyncio
import logging
from collections.abc import AsyncIterator
from typing import Any

import grpc
from envoy.service.discovery.v3 import ads_pb2_grpc, discovery_pb2

from meshrig.errors import MeshrigError
from meshrig.xds.access import Authorize, Call, RefusedError, allow_all
from meshrig.xds.delta import DeltaStream
from meshrig.xds.node import Node, NodeStatus
from meshrig.xds.snapshot import ORDER, Snapshot
from meshrig.xds.socket import private_socket
from meshrig.xds.subscription import Update

_log = logging.getLogger(__name__)
_STOP_GRACE_SECONDS = 0.2


class ControlPlane(ads_pb2_grpc.AggregatedDiscoveryServiceServicer):  # type: ignore[misc]
    """Holds one snapshot for each node id and streams it to the Envoys of that id, and to no other."""

    def __init__(self, authorize: Authorize = allow_all) -> None:
        """``authorize`` decides whether a stream may have the configuration of the node it names."""
        self._authorize = authorize
        self._nodes: dict[str, Node] = {}
        self._server: grpc.aio.Server | None = None
        self._stopping = False

    async def start(self, address: str, credentials: grpc.ServerCredentials | None = None) -> str:
        """Listen on ``unix:/path`` (for this user only: keys travel on it) or ``host:port``; returns the bound address.

        With ``credentials`` it speaks TLS. Raises MeshrigError when the address is taken or no safe place.
        """
        server = grpc.aio.server(options=[("grpc.so_reuseport", 0)])
        ads_pb2_grpc.add_AggregatedDiscoveryServiceServicer_to_server(self, server)
        try:
            if address.startswith("unix:"):
                with private_socket(address.removeprefix("unix:")):
                    port = server.add_insecure_port(address)
            elif credentials:
                port = server.add_secure_port(address, credentials)
            else:
                port = server.add_insecure_port(address)
        except RuntimeError as error:
            raise MeshrigError(f"the control plane can't listen on {address}: {error}") from error
        await server.start()
        self._stopping = False
        self._server = server
        return address if address.startswith("unix:") else f"{address.rpartition(':')[0]}:{port}"

    async def stop(self) -> None:
        """End every stream; the Envoys keep what they have and come back when somebody listens again."""
        if self._server:
            self._stopping = True
            for node in self._nodes.values():
                node.wake()
            await self._server.stop(_STOP_GRACE_SECONDS)
            self._server = None

    def set_snapshot(self, node_id: str, snapshot: Snapshot) -> None:
        """Make this what the node should have; only what differs from what it has is sent."""
        self._node(node_id).set_snapshot(snapshot)

    def remove(self, node_id: str) -> None:
        """Forget this node's snapshot. An Envoy still connected keeps what it has and gets nothing more."""
        node = self._nodes.get(node_id)
        if node:
            node.snapshot = None
            if not node.streams:
                del self._nodes[node_id]

    def disconnect(self, node_id: str) -> None:
        """Forget this node and end its streams: whoever comes next under this id is another one."""
        node = self._nodes.pop(node_id, None)
        if node:
            node.close()

    def status(self, node_id: str) -> NodeStatus:
        node = self._nodes.get(node_id)
        return node.status() if node else NodeStatus()

    async def wait_acked(self, node_id: str, timeout: float) -> bool:
        """Wait until the node has confirmed its snapshot; False after ``timeout`` seconds or when it refuses."""
        return await self._node(node_id).wait_synced(timeout)

    async def StreamAggregatedResources(  # noqa: N802
        self,
        _requests: AsyncIterator[discovery_pb2.DiscoveryRequest],
        context: "grpc.aio.ServicerContext[discovery_pb2.DiscoveryRequest, discovery_pb2.DiscoveryResponse]",
    ) -> None:
        """Refuses state-of-the-world clients."""
        await context.abort(grpc.StatusCode.UNIMPLEMENTED, "incremental xDS only: set api_type to DELTA_GRPC")

    async def DeltaAggregatedResources(  # noqa: N802
        self,
        requests: AsyncIterator[discovery_pb2.DeltaDiscoveryRequest],
        context: "grpc.aio.ServicerContext[discovery_pb2.DeltaDiscoveryRequest, discovery_pb2.DeltaDiscoveryResponse]",
    ) -> None:
        """One Envoy's stream; ends when the Envoy goes."""
        first = await anext(aiter(requests), None)
        if first is None:
            return
        try:
            await self._authorize(_call(first.node.id, context))
        except RefusedError as refused:
            _log.warning("refused %s to %s: %s", first.node.id, context.peer(), refused.reason)
            await context.abort(refused.status, refused.reason)
        node, stream, wakeup = self._node(first.node.id), DeltaStream(), asyncio.Event()
        node.streams[stream] = wakeup
        _take(node, stream, first)
        wakeup.set()
        reader = asyncio.create_task(_read(node, stream, requests, wakeup))
        try:
            while not (reader.done() or self._stopping or node.closed):
                await wakeup.wait()
                wakeup.clear()
                for update in stream.next_updates(node.snapshot) if node.snapshot else ():
                    await context.write(_response(update))
        finally:
            reader.cancel()
            await asyncio.gather(reader, return_exceptions=True)
            node.forget_stream(stream)

    def _node(self, node_id: str) -> Node:
        return self._nodes.setdefault(node_id, Node())


def _call(node_id: str, context: "grpc.aio.ServicerContext[Any, Any]") -> Call:
    texts = {key: value for key, value in context.invocation_metadata() or () if isinstance(value, str)}
    return Call(node_id, context.peer(), texts)


async def _read(
    node: Node,
    stream: DeltaStream,
    requests: AsyncIterator[discovery_pb2.DeltaDiscoveryRequest],
    wakeup: asyncio.Event,
) -> None:
    try:
        async for request in requests:
            _take(node, stream, request)
            wakeup.set()
    finally:
        wakeup.set()


def _take(node: Node, stream: DeltaStream, request: discovery_pb2.DeltaDiscoveryRequest) -> None:
    url = request.type_url
    if url not in ORDER:
        _log.warning("an Envoy asked for %s, which this control plane does not serve", url)
        return
    if request.response_nonce:
        refused = request.HasField("error_detail")
        update = stream.acknowledge(url, request.response_nonce, accepted=not refused)
        if update:
            node.note(update, request.error_detail.message if refused else None)
    stream.subscribe(
        url,
        request.resource_names_subscribe,
        request.resource_names_unsubscribe,
        request.initial_resource_versions,
    )
    node.note_progress()


def _response(update: Update) -> discovery_pb2.DeltaDiscoveryResponse:
    resources = [
        discovery_pb2.Resource(name=resource.name, version=resource.version, resource=resource.packed)
        for resource in update.resources
    ]
    return discovery_pb2.DeltaDiscoveryResponse(
        type_url=update.type_url, nonce=update.nonce, resources=resources, removed_resources=update.removed
    )
