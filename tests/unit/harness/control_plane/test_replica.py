"""One whole replica against a fake API server: from settings, CA, mesh and pods to xDS over TLS."""

import asyncio
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, replace

import grpc
import pytest
from envoy.config.core.v3.base_pb2 import Node
from envoy.service.discovery.v3 import ads_pb2_grpc, discovery_pb2

from meshrig.harness.control_plane.chores.trust import read_ca
from meshrig.harness.control_plane.cluster_watch import CA_SECRET
from meshrig.harness.control_plane.definitions import StackDefinitions
from meshrig.harness.control_plane.install import control_plane_objects
from meshrig.harness.control_plane.serve import Replica
from meshrig.harness.control_plane.settings import SETTINGS_KEY, settings_to_json
from meshrig.kube.kinds import MUTATING_WEBHOOK, POD, SECRET, SERVICE
from meshrig.model.appmesh import MeshModel
from meshrig.model.control_plane import ControlPlaneSettings
from meshrig.names import CONTROL_PLANE, CONTROL_PLANE_HOST, SYSTEM_NAMESPACE, virtual_node_id
from meshrig.xds.references import ENDPOINT, LISTENER
from meshrig.xds.references import SECRET as SECRET_TYPE
from tests.golden import mesh as ms
from tests.integration.xds.envoys import free_port
from tests.unit.harness.control_plane import objects as ob
from tests.unit.harness.control_plane.test_admission import WritingInjector
from tests.unit.harness.control_plane.test_authorization import bound
from tests.unit.kube.fake_api import FakeApi, serving

# No change feed answers there, so the definitions are read once and again after 2 s.
SETTINGS = ControlPlaneSettings("shop", "us-east-1", "envoy", "http://127.0.0.1:1")
USERS = virtual_node_id("shop", "users", "users-1.shop")
ORDERS = virtual_node_id("shop", "orders", "orders-1.shop")
Delta = discovery_pb2.DeltaDiscoveryRequest


@dataclass
class World:
    """A replica, what it talks to, and the port of its xDS."""

    api: FakeApi
    replica: Replica
    port: int

    def say(self, mesh: MeshModel) -> None:
        """The AWS APIs say something else, and it has been read."""
        self.replica.system.definitions.current = StackDefinitions(mesh)
        self.api.put(ob.node("another", "10.9.0.3"))

    async def until(self, condition: Callable[[], object]) -> None:
        async with asyncio.timeout(10):
            while not condition():
                await asyncio.sleep(0.01)

    def credentials(self) -> grpc.ChannelCredentials:
        secret = self.api.find(SECRET, CA_SECRET, SYSTEM_NAMESPACE)
        assert secret
        return grpc.ssl_channel_credentials(read_ca(secret["data"]).ca_pem.encode())

    def channel(self) -> grpc.aio.Channel:
        options = [("grpc.ssl_target_name_override", CONTROL_PLANE_HOST)]
        return grpc.aio.secure_channel(f"127.0.0.1:{self.port}", self.credentials(), options)


@pytest.fixture
async def world() -> AsyncIterator[World]:
    api = FakeApi()
    api.reviews = {"users": bound("users-1", "uid-users-1"), "orders": bound("orders-1", "uid-orders-1")}
    for body in control_plane_objects(SETTINGS, "image", ca=None):
        api.put(body)
    for body in (
        ob.namespace("shop", mesh=True),
        ob.node(),
        ob.service("users-service"),
        ob.service("lb", "LoadBalancer", 80),
    ):
        api.put(body)
    api.put(ob.endpoint_slice("users-service", "10.1.0.1"))
    api.put(ob.pod("users-1", "users"))
    api.put(ob.pod("orders-1", "orders"))
    stop = asyncio.Event()
    async with serving(api) as client:
        replica = Replica(client, WritingInjector(), "one", lambda _: lambda: StackDefinitions(ms.shop()))
        made = World(api, replica, free_port())
        running = asyncio.create_task(replica.run(stop, made.port, free_port()))
        await made.until(lambda: running.done() or not replica.system.missing())
        yield made
        stop.set()
        await running


async def ask(channel: grpc.aio.Channel, node_id: str, type_url: str, *names: str) -> list[str]:
    """The names of what a node is sent first."""
    stub = ads_pb2_grpc.AggregatedDiscoveryServiceStub(channel)
    metadata = (("authorization", f"Bearer {node_id.split('/')[3]}"),)
    call = stub.DeltaAggregatedResources(metadata=metadata)
    await call.write(Delta(node=Node(id=node_id), type_url=type_url, resource_names_subscribe=names))
    async with asyncio.timeout(5):
        answer = await call.read()
    call.cancel()
    return sorted(resource.name for resource in answer.resources)


async def test_from_nothing_to_ready_and_every_pod_gets_its_own(world: World) -> None:
    async with world.channel() as channel:
        names = await ask(channel, USERS, SECRET_TYPE, "/etc/tls/tls.crt", "/etc/tls/ca.crt")
        assert names == ["/etc/tls/ca.crt", "/etc/tls/tls.crt"]
    status = world.replica.system.status()
    assert {pod["pod"] for pod in status["pods"]} == {"shop/users-1", "shop/orders-1"}
    assert "PRIVATE KEY" not in repr(status)


async def test_the_leader_makes_the_cluster_right(world: World) -> None:
    def trusted() -> bool:
        webhook = world.api.find(MUTATING_WEBHOOK, CONTROL_PLANE)
        return bool(webhook and webhook["webhooks"][0]["clientConfig"].get("caBundle"))

    def addressed() -> bool:
        service = world.api.find(SERVICE, "lb", "shop")
        return bool(service and service["status"]["loadBalancer"].get("ingress"))

    await world.until(lambda: world.replica.elector.is_leader)
    await world.until(trusted)
    await world.until(addressed)


async def test_a_stream_ends_with_its_pod(world: World) -> None:
    async with world.channel() as channel:
        stub = ads_pb2_grpc.AggregatedDiscoveryServiceStub(channel)
        call = stub.DeltaAggregatedResources(metadata=(("authorization", "Bearer users"),))
        await call.write(Delta(node=Node(id=USERS), type_url=LISTENER))
        assert await call.read() != grpc.aio.EOF
        assert world.replica.system.xds.status(USERS).connected
        world.api.remove(POD, "users-1", "shop")
        async with asyncio.timeout(5):
            while await call.read() != grpc.aio.EOF:
                pass
        with pytest.raises(grpc.aio.AioRpcError, match="PERMISSION_DENIED"):
            await ask(channel, USERS, LISTENER)


async def test_a_pod_of_the_same_name_is_another_pod(world: World) -> None:
    async with world.channel() as channel:
        assert await ask(channel, USERS, LISTENER)
        world.api.put(ob.pod("users-1", "users", uid="another"))
        await world.until(lambda: world.replica.system.pods()[USERS].uid == "another")
        with pytest.raises(grpc.aio.AioRpcError, match="PERMISSION_DENIED"):
            await ask(channel, USERS, LISTENER)


async def test_a_changed_endpoint_is_all_that_is_sent(world: World) -> None:
    cluster = "cds_egress_shop_users_http_8080"
    async with world.channel() as channel:
        stub = ads_pb2_grpc.AggregatedDiscoveryServiceStub(channel)
        call = stub.DeltaAggregatedResources(metadata=(("authorization", "Bearer orders"),))
        await call.write(Delta(node=Node(id=ORDERS), type_url=ENDPOINT, resource_names_subscribe=[cluster]))
        first = await call.read()
        await call.write(Delta(type_url=ENDPOINT, response_nonce=first.nonce))
        world.api.put(ob.endpoint_slice("users-service", "10.1.0.1", "10.1.0.9"))
        async with asyncio.timeout(5):
            second = await call.read()
        assert [resource.name for resource in second.resources] == [cluster]
        call.cancel()


async def test_broken_definitions_change_nothing_and_are_told(world: World) -> None:
    system = world.replica.system
    before = system.configuration
    assert before
    world.say(replace(ms.shop(), virtual_services={}))
    await world.until(system.problems)
    assert system.configuration
    assert system.configuration.definitions == before.definitions
    await world.until(lambda: any("/events/" in path for path in world.api.objects))
    assert not system.missing()


async def test_changed_settings_are_taken_without_a_restart_and_broken_ones_are_not(world: World) -> None:
    system = world.replica.system
    config_map = next(body for body in control_plane_objects(SETTINGS, "i", ca=None) if body["kind"] == "ConfigMap")
    config_map["data"][SETTINGS_KEY] = settings_to_json(replace(SETTINGS, envoy_image="newer"))
    world.api.put(config_map)
    await world.until(lambda: system.settings and system.settings.envoy_image == "newer")
    in_force = system.in_force()
    assert in_force
    assert in_force.settings.envoy_image == "newer"
    config_map["data"][SETTINGS_KEY] = "{"
    world.api.put(config_map)
    await world.until(system.problems)
    assert system.settings
    assert system.settings.envoy_image == "newer"


async def test_a_wrong_token_gets_nothing(world: World) -> None:
    async with world.channel() as channel:
        stub = ads_pb2_grpc.AggregatedDiscoveryServiceStub(channel)
        call = stub.DeltaAggregatedResources(metadata=(("authorization", "Bearer orders"),))
        await call.write(Delta(node=Node(id=USERS), type_url=LISTENER))
        with pytest.raises(grpc.aio.AioRpcError) as refused:
            await call.read()
        assert refused.value.code() == grpc.StatusCode.PERMISSION_DENIED


async def test_a_renewed_certificate_serves_new_connections_and_old_streams_go_on(world: World) -> None:
    system = world.replica.system
    async with world.channel() as channel:
        stub = ads_pb2_grpc.AggregatedDiscoveryServiceStub(channel)
        call = stub.DeltaAggregatedResources(metadata=(("authorization", "Bearer users"),))
        await call.write(Delta(node=Node(id=USERS), type_url=LISTENER))
        assert await call.read() != grpc.aio.EOF
        secret = world.api.find(SECRET, CA_SECRET, SYSTEM_NAMESPACE)
        assert secret
        world.api.remove(SECRET, CA_SECRET, SYSTEM_NAMESPACE)
        before = system.certificate.ca_pem
        await world.until(lambda: system.certificate.ca_pem != before)
        assert not call.done()
        call.cancel()
    async with world.channel() as channel:
        assert await ask(channel, USERS, LISTENER)
