"""The control plane with a real Envoy."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path

import aiohttp
import pytest
from aiohttp import web
from envoy.config.cluster.v3.cluster_pb2 import Cluster
from envoy.config.endpoint.v3.endpoint_pb2 import ClusterLoadAssignment
from envoy.config.listener.v3.listener_pb2 import Listener
from envoy.config.route.v3.route_pb2 import RouteConfiguration
from envoy.extensions.filters.http.router.v3 import router_pb2  # noqa: F401  (resolves Any)
from envoy.extensions.filters.network.http_connection_manager.v3 import (
    http_connection_manager_pb2,  # noqa: F401  (resolves Any)
)
from google.protobuf.json_format import ParseDict

from meshrig.compile.edge.gateway import compile_edge
from meshrig.model.apigateway import DeployedApi, GatewayModel, Integration, Method, Stage
from meshrig.model.plan import Endpoint, Topology
from meshrig.xds.server import ControlPlane
from meshrig.xds.snapshot import Snapshot
from tests.integration.xds.envoys import RunningEnvoy, free_port, running_envoy

pytestmark = pytest.mark.integration

ADS = {"ads": {}, "resource_api_version": "V3"}
NODE = "test/node"
FILTERS = "type.googleapis.com/envoy.extensions.filters"


def snapshot(listen: int, backend: int, path: str, cluster: str = "a", *, valid: bool = True) -> Snapshot:
    hcm = {
        "@type": f"{FILTERS}.network.http_connection_manager.v3.HttpConnectionManager",
        "stat_prefix": "test",
        "rds": {"route_config_name": "routes", "config_source": ADS},
        "http_filters": [
            {
                "name": "router",
                "typed_config": {"@type": f"{FILTERS}.http.router.v3.Router"},
            }
        ],
    }
    filters = [{"name": "hcm", "typed_config": hcm}] if valid else [{"name": "no such filter"}]
    address = {"socket_address": {"address": "127.0.0.1", "port_value": listen}}
    listener = {"name": "in", "address": address, "filter_chains": [{"filters": filters}]}
    routes = {
        "name": "routes",
        "virtual_hosts": [
            {"name": "all", "domains": ["*"], "routes": [{"match": {"prefix": path}, "route": {"cluster": cluster}}]}
        ],
    }
    eds = {"eds_config": ADS}
    target = {"endpoint": {"address": {"socket_address": {"address": "127.0.0.1", "port_value": backend}}}}
    endpoints = {"cluster_name": cluster, "endpoints": [{"lb_endpoints": [target]}]}
    return Snapshot(
        listeners={"in": ParseDict(listener, Listener())},
        clusters={
            cluster: ParseDict({"name": cluster, "type": "EDS", "eds_cluster_config": eds}, Cluster()),
        },
        endpoints={cluster: ParseDict(endpoints, ClusterLoadAssignment())},
        routes={"routes": ParseDict(routes, RouteConfiguration())},
    )


@pytest.fixture
async def backend() -> AsyncIterator[int]:
    app = web.Application()
    app.router.add_route("*", "/{tail:.*}", _echo)
    runner = web.AppRunner(app)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    yield int(runner.addresses[0][1])
    await runner.cleanup()


async def _echo(request: web.Request) -> web.Response:
    return web.Response(text=request.path)


@pytest.fixture
async def control_plane(tmp_path: Path) -> AsyncIterator[ControlPlane]:
    made = ControlPlane()
    await made.start(f"unix:{tmp_path}/xds.sock")
    yield made
    await made.stop()


@pytest.fixture(autouse=True)
async def envoy(tmp_path: Path, control_plane: ControlPlane) -> AsyncIterator[RunningEnvoy]:
    assert not control_plane.status(NODE).connected
    async with running_envoy(tmp_path, NODE) as running:
        yield running


@pytest.fixture
def port() -> int:
    return free_port()


async def get(port: int, path: str) -> tuple[int, str]:
    async with aiohttp.ClientSession() as session, session.get(f"http://127.0.0.1:{port}{path}") as answer:
        return answer.status, await answer.text()


async def test_a_snapshot_is_served_changed_and_confirmed(control_plane: ControlPlane, port: int, backend: int) -> None:
    control_plane.set_snapshot(NODE, snapshot(port, backend, "/"))
    assert await control_plane.wait_acked(NODE, 20)
    assert await get(port, "/users") == (200, "/users")
    control_plane.set_snapshot(NODE, snapshot(port, backend, "/orders"))
    assert not control_plane.status(NODE).synced
    assert await control_plane.wait_acked(NODE, 5)
    assert (await get(port, "/users"))[0] == 404


async def test_a_changed_route_is_all_that_is_sent(
    control_plane: ControlPlane, envoy: RunningEnvoy, port: int, backend: int
) -> None:
    control_plane.set_snapshot(NODE, snapshot(port, backend, "/"))
    assert await control_plane.wait_acked(NODE, 20)
    others = ("listener_manager.lds.update_attempt", "cluster_manager.cds.update_attempt", "cluster.a.update_success")
    before = [await envoy.counter(name) for name in others]
    control_plane.set_snapshot(NODE, snapshot(port, backend, "/orders"))
    assert await control_plane.wait_acked(NODE, 5)
    assert [await envoy.counter(name) for name in others] == before
    assert await envoy.counter("http.test.rds.routes.update_success") == 2


async def test_a_changed_cluster_is_warm_at_once_though_its_endpoints_are_the_same(
    control_plane: ControlPlane, envoy: RunningEnvoy, port: int, backend: int
) -> None:
    before = snapshot(port, backend, "/")
    control_plane.set_snapshot(NODE, before)
    assert await control_plane.wait_acked(NODE, 20)
    changed = Cluster()
    changed.CopyFrom(before.clusters["a"])
    changed.connect_timeout.FromSeconds(3)
    control_plane.set_snapshot(NODE, replace(before, clusters={"a": changed}))
    assert await control_plane.wait_acked(NODE, 5)
    assert await envoy.counter("cluster_manager.warming_clusters") == 0
    assert await get(port, "/users") == (200, "/users")


async def test_replacing_a_cluster_under_load_drops_no_request(
    control_plane: ControlPlane, port: int, backend: int
) -> None:
    control_plane.set_snapshot(NODE, snapshot(port, backend, "/", "a"))
    assert await control_plane.wait_acked(NODE, 20)
    statuses: set[int] = set()

    async def load() -> None:
        async with aiohttp.ClientSession() as session:
            while True:
                async with session.get(f"http://127.0.0.1:{port}/") as answer:
                    statuses.add(answer.status)

    loading = asyncio.create_task(load())
    for cluster in ("b", "c", "d", "a"):
        control_plane.set_snapshot(NODE, snapshot(port, backend, "/", cluster))
        assert await control_plane.wait_acked(NODE, 5)
    loading.cancel()
    assert statuses == {200}


async def test_a_refused_listener_is_reported_and_the_last_good_stays(
    control_plane: ControlPlane, port: int, backend: int
) -> None:
    control_plane.set_snapshot(NODE, snapshot(port, backend, "/"))
    assert await control_plane.wait_acked(NODE, 20)
    control_plane.set_snapshot(NODE, snapshot(port, backend, "/", valid=False))
    assert not await control_plane.wait_acked(NODE, 5)
    (nack,) = control_plane.status(NODE).nacks
    assert nack.resource_names == ("in",)
    assert control_plane.status(NODE).last_good == snapshot(port, backend, "/")
    assert "no such filter" in nack.detail
    assert await get(port, "/users") == (200, "/users")
    control_plane.set_snapshot(NODE, snapshot(port, backend, "/users"))
    assert await control_plane.wait_acked(NODE, 5)
    assert control_plane.status(NODE).nacks == ()


async def test_an_envoy_keeps_serving_and_syncs_again_after_the_control_plane_is_gone(
    control_plane: ControlPlane, port: int, backend: int, tmp_path: Path
) -> None:
    control_plane.set_snapshot(NODE, snapshot(port, backend, "/"))
    assert await control_plane.wait_acked(NODE, 20)
    await control_plane.stop()
    assert (await get(port, "/users"))[0] == 200
    second = ControlPlane()
    await second.start(f"unix:{tmp_path}/xds.sock")
    second.set_snapshot(NODE, snapshot(port, backend, "/orders"))
    assert await second.wait_acked(NODE, 20)
    assert (await get(port, "/users"))[0] == 404
    await second.stop()


def edge_snapshot(listen: int, backend: int, stages: tuple[str, ...]) -> Snapshot:
    """One API with a ``GET /users`` on each stage; the backend says which path it was asked for."""
    integration = Integration(type="HTTP_PROXY", uri=f"http://127.0.0.1:{backend}/from-${{stageVariables.name}}")
    method = Method("GET", "/users", "/users", integration)
    apis = tuple(DeployedApi("api1", "shop", Stage(name, "d", {"name": name}), (method,)) for name in stages)
    config = compile_edge(GatewayModel(apis), Endpoint("127.0.0.1", listen), {}, Topology(), NODE)
    return Snapshot(config.listeners, config.clusters, config.endpoints, config.routes, scopes=config.scopes)


async def test_stages_come_and_go_in_scopes_of_their_own(control_plane: ControlPlane, port: int, backend: int) -> None:
    control_plane.set_snapshot(NODE, edge_snapshot(port, backend, ("dev", "prod")))
    assert await control_plane.wait_acked(NODE, 20)
    assert await get(port, "/prod/users") == (200, "/from-prod")
    assert await get(port, "/dev/users") == (200, "/from-dev")
    assert (await get(port, "/test/users"))[0] == 403
    control_plane.set_snapshot(NODE, edge_snapshot(port, backend, ("dev", "prod", "test")))
    assert await control_plane.wait_acked(NODE, 20)
    assert await get(port, "/test/users") == (200, "/from-test")
    control_plane.set_snapshot(NODE, edge_snapshot(port, backend, ("prod",)))
    assert await control_plane.wait_acked(NODE, 20)
    assert await get(port, "/prod/users") == (200, "/from-prod")
    assert (await get(port, "/dev/users"))[0] == 403
