"""Who may have which configuration, with a bare gRPC client."""

from collections.abc import AsyncIterator
from pathlib import Path

import grpc
import pytest
from envoy.config.core.v3.base_pb2 import Node
from envoy.service.discovery.v3 import ads_pb2_grpc, discovery_pb2

from meshrig.xds.access import Call, RefusedError
from meshrig.xds.references import CLUSTER
from meshrig.xds.server import ControlPlane
from tests.unit.xds.resources import snapshot

pytestmark = pytest.mark.integration


async def authorize(call: Call) -> None:
    if call.node_id == "stranger" or call.metadata.get("authorization") == "Bearer wrong":
        raise RefusedError(grpc.StatusCode.PERMISSION_DENIED, "not yours")


@pytest.fixture
async def plane(tmp_path: Path) -> AsyncIterator[ControlPlane]:
    plane = ControlPlane(authorize)
    await plane.start(f"unix:{tmp_path}/xds.sock")
    yield plane
    await plane.stop()


@pytest.fixture
async def stub(tmp_path: Path, plane: ControlPlane) -> AsyncIterator[ads_pb2_grpc.AggregatedDiscoveryServiceStub]:
    plane.set_snapshot("mine", snapshot({"a": 0}))
    plane.set_snapshot("theirs", snapshot({"b": 0}))
    async with grpc.aio.insecure_channel(f"unix:{tmp_path}/xds.sock") as channel:
        yield ads_pb2_grpc.AggregatedDiscoveryServiceStub(channel)


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
    with pytest.raises(grpc.aio.AioRpcError, match="not yours") as refused:
        await clusters(stub, "stranger")
    assert refused.value.code() == grpc.StatusCode.PERMISSION_DENIED


async def test_the_headers_of_a_call_decide_too(stub: ads_pb2_grpc.AggregatedDiscoveryServiceStub) -> None:
    call = stub.DeltaAggregatedResources(metadata=(("authorization", "Bearer wrong"),))
    await call.write(discovery_pb2.DeltaDiscoveryRequest(node=Node(id="mine"), type_url=CLUSTER))
    with pytest.raises(grpc.aio.AioRpcError, match="not yours"):
        await call.read()


async def test_a_disconnected_node_loses_its_stream_and_its_successor_starts_afresh(
    stub: ads_pb2_grpc.AggregatedDiscoveryServiceStub, plane: ControlPlane
) -> None:
    call = stub.DeltaAggregatedResources()
    await call.write(discovery_pb2.DeltaDiscoveryRequest(node=Node(id="mine"), type_url=CLUSTER))
    assert (await call.read()).resources
    plane.disconnect("mine")
    assert await call.read() == grpc.aio.EOF
    assert not plane.status("mine").connected
    plane.set_snapshot("mine", snapshot({"c": 0}))
    assert await clusters(stub, "mine") == ["c"]


def test_a_call_does_not_show_its_credentials() -> None:
    assert "secret" not in repr(Call("mine", "peer", {"authorization": "Bearer secret"}))


async def test_a_state_of_the_world_client_is_told_what_to_use(
    stub: ads_pb2_grpc.AggregatedDiscoveryServiceStub,
) -> None:
    call = stub.StreamAggregatedResources()
    with pytest.raises(grpc.aio.AioRpcError, match="DELTA_GRPC") as refused:
        await call.read()
    assert refused.value.code() == grpc.StatusCode.UNIMPLEMENTED
