"""The edge, as far as the keeper sees it: takes what it is sent, or refuses it."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import grpc
from envoy.config.core.v3.base_pb2 import Node
from envoy.service.discovery.v3 import ads_pb2_grpc, discovery_pb2
from google.rpc.status_pb2 import Status

from meshrig.xds.references import CLUSTER, LISTENER, find_references


@asynccontextmanager
async def connected_edge(socket: Path, refuses: str = "") -> AsyncIterator[None]:
    """``refuses``: what it says to everything."""
    async with grpc.aio.insecure_channel(f"unix:{socket}") as channel:
        call = ads_pb2_grpc.AggregatedDiscoveryServiceStub(channel).DeltaAggregatedResources()
        task = asyncio.create_task(_take_all(call, refuses))
        yield
        task.cancel()
        call.cancel()
        await asyncio.gather(task, return_exceptions=True)


async def _take_all(call: Any, refuses: str) -> None:
    for url in (CLUSTER, LISTENER):
        await call.write(discovery_pb2.DeltaDiscoveryRequest(node=Node(id="edge"), type_url=url))
    while (sent := await call.read()) is not grpc.aio.EOF:
        answer = discovery_pb2.DeltaDiscoveryRequest(type_url=sent.type_url, response_nonce=sent.nonce)
        if refuses:
            answer.error_detail.CopyFrom(Status(code=3, message=refuses))
        await call.write(answer)
        for resource in sent.resources:
            for url, name in find_references(resource.resource):
                asked = discovery_pb2.DeltaDiscoveryRequest(type_url=url, resource_names_subscribe=[name])
                await call.write(asked)
