"""Who may have which configuration, with a bare gRPC client."""

from collections.abc import AsyncIterator
from pathlib import Path

import grpc
import pytest
from envoy.config.core.v3.base_pb2 import Node
from envoy.service.discovery.v3 import ads_pb2_grpc, discovery_pb2

from meshrig.xds.references import CLUSTER
from meshrig.xds.server import ControlPlane
from tests.unit.xds.resources import snapshot

pytestmark = pytest.mark.integration


@pytest.fixture
async def stub(tmp_path: Path) -> AsyncIterator[ads_pb2_grpc.AggregatedDiscoveryServiceStub]:
    plane = ControlPlane(authorize=lambda node_id, _peer: node_id != "stranger")
    await plane.start(f"unix:{tmp_path}/xds.sock")
    plane.set_snapshot("mine", snapshot({"a": 0}))
    plane.set_snapshot("theirs", snapshot({"b": 0}))
    async with grpc.aio.insecure_channel(f"unix:{tmp_path}/xds.sock") as channel:
        yield ads_pb2_grpc.AggregatedDiscoveryServiceStub(channel)
    await plane.stop()


async def clusters(stub: ads_pb2_grpc.AggregatedDiscoveryServiceStub, node_id: str) -> list[str]:
    call = stub.DeltaAggregatedResources()
    await call.write(discovery_pb2.DeltaDiscoveryRequest(node=Node(id=node_id), type_url=CLUSTER))
    answer = await call.read()
    call.cancel()
    return [resource.name for resource in answer.resources]


async def test_a_node_gets_its_own_resources_only(stub: ads_pb2_grpc.AggregatedDiscoveryServiceStub) -> None:
    assert await clusters(stub, "mine") == ["a"]
    assert await clusters(stub, "theirs") == ["b"]


async def test_a_node_that_is_not_authorized_is_refused(stub: ads_pb2_grpc.AggregatedDiscoveryServiceStub) -> None:
    with pytest.raises(grpc.aio.AioRpcError, match="PERMISSION_DENIED"):
        await clusters(stub, "stranger")


async def test_a_state_of_the_world_client_is_told_what_to_use(
    stub: ads_pb2_grpc.AggregatedDiscoveryServiceStub,
) -> None:
    call = stub.StreamAggregatedResources()
    with pytest.raises(grpc.aio.AioRpcError, match="DELTA_GRPC") as refused:
        await call.read()
    assert refused.value.code() == grpc.StatusCode.UNIMPLEMENTED
