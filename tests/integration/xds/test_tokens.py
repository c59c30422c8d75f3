"""Real Envoys that prove by their pod's token which configuration is theirs, over TLS."""

import asyncio
import json
import subprocess
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import aiohttp
import pytest

from meshrig.certs.authority import CertificateAuthority
from meshrig.harness.control_plane.definitions import StackDefinitions
from meshrig.harness.control_plane.install import control_plane_objects
from meshrig.harness.control_plane.serve import Replica
from meshrig.kube.kinds import POD
from meshrig.model.control_plane import ControlPlaneSettings
from meshrig.names import CONTROL_PLANE_HOST, virtual_node_id
from meshrig.xds.bootstrap import find_envoy
from tests.golden import mesh as ms
from tests.integration.xds.envoys import RunningEnvoy, free_port
from tests.unit.harness.control_plane import objects as ob
from tests.unit.harness.control_plane.test_admission import WritingInjector
from tests.unit.harness.control_plane.test_authorization import bound
from tests.unit.kube.fake_api import FakeApi, serving

pytestmark = pytest.mark.integration

SETTINGS = ControlPlaneSettings("shop", "us-east-1", "envoy", "http://127.0.0.1:1")
INGRESS = virtual_node_id("shop", "ingress", "ingress-1.shop")
_API = "type.googleapis.com/envoy.config"


@dataclass
class Mesh:
    api: FakeApi
    authority: CertificateAuthority
    xds_port: int
    ingress_port: int
    folder: Path

    @asynccontextmanager
    async def envoy(self, token: str, authority: CertificateAuthority | None = None) -> AsyncIterator[RunningEnvoy]:
        """An Envoy that says it is the ingress, with that token and trusting that CA."""
        admin, bootstrap = self.folder / "admin.sock", self.folder / "envoy.json"
        (self.folder / "token").write_text(token)
        bootstrap.write_text(json.dumps(self._bootstrap(admin, (authority or self.authority).ca_pem)))
        argv = [str(find_envoy()), "-c", str(bootstrap), "--concurrency", "1", "--disable-hot-restart", "-l", "error"]
        process = subprocess.Popen(argv, cwd=self.folder)
        try:
            yield RunningEnvoy(admin)
        finally:
            process.terminate()
            process.wait()

    def _bootstrap(self, admin: Path, ca_pem: str) -> dict[str, Any]:
        """As docs/design/kind.md has it: google_grpc, TLS with the CA inline, the token read from its file."""
        metadata = {
            "@type": f"{_API}.grpc_credential.v3.FileBasedMetadataConfig",
            "secret_data": {"filename": str(self.folder / "token")},
            "header_key": "authorization",
            "header_prefix": "Bearer ",
        }
        google = {
            "target_uri": f"127.0.0.1:{self.xds_port}",
            "stat_prefix": "xds",
            "credentials_factory_name": "envoy.grpc_credentials.file_based_metadata",
            "channel_credentials": {"ssl_credentials": {"root_certs": {"inline_string": ca_pem}}},
            "call_credentials": [
                {"from_plugin": {"name": "envoy.grpc_credentials.file_based_metadata", "typed_config": metadata}}
            ],
            "channel_args": {"args": {"grpc.ssl_target_name_override": {"string_value": CONTROL_PLANE_HOST}}},
        }
        ads = {"api_type": "DELTA_GRPC", "transport_api_version": "V3", "grpc_services": [{"google_grpc": google}]}
        source = {"ads": {}, "resource_api_version": "V3"}
        return {
            "node": {"id": INGRESS, "cluster": "ingress"},
            "admin": {"address": {"pipe": {"path": str(admin), "mode": 0o600}}},
            "dynamic_resources": {"ads_config": ads, "lds_config": source, "cds_config": source},
        }

    async def status(self) -> int | None:
        """What the ingress answers; None while nobody listens."""
        try:
            async with aiohttp.ClientSession() as session:
                answer = await session.get(f"http://127.0.0.1:{self.ingress_port}/nothing")
                return answer.status
        except aiohttp.ClientError:
            return None


@pytest.fixture
async def mesh(tmp_path: Path) -> AsyncIterator[Mesh]:
    api, authority = FakeApi(), CertificateAuthority.create()
    made = Mesh(api, authority, free_port(), free_port(), tmp_path)
    for body in control_plane_objects(SETTINGS, "image", ca=(authority.ca_pem, authority.key_pem)):
        api.put(body)
    pod = ob.pod("ingress-1", "ingress", ingress_class="nginx")
    pod["spec"]["containers"][0]["ports"][0]["containerPort"] = made.ingress_port
    services = [ob.service(f"{name}-service") for name in ("orders", "products", "users")]
    for body in (ob.namespace("shop", mesh=True), *services, ob.ingress(), pod, ob.pod("users-1", "users")):
        api.put(body)
    api.reviews = {
        "mine": bound("ingress-1", "uid-ingress-1"),
        "of another pod": bound("users-1", "uid-users-1"),
        "for another audience": bound("ingress-1", "uid-ingress-1", "https://kubernetes.default.svc"),
    }
    stop = asyncio.Event()
    async with serving(api) as client:
        replica = Replica(client, WritingInjector(), "one", lambda _: lambda: StackDefinitions(ms.shop()))
        running = asyncio.create_task(replica.run(stop, made.xds_port, free_port()))
        await until(lambda: running.done() or not replica.system.missing())
        yield made
        stop.set()
        await running


async def until(condition: Callable[[], object]) -> None:
    async with asyncio.timeout(10):
        while not condition():
            await asyncio.sleep(0.02)


async def listens(mesh: Mesh, seconds: float = 10) -> bool:
    try:
        async with asyncio.timeout(seconds):
            while await mesh.status() is None:
                await asyncio.sleep(0.05)
    except TimeoutError:
        return False
    return True


async def test_an_envoy_with_its_pods_token_gets_its_listeners(mesh: Mesh) -> None:
    async with mesh.envoy("mine"):
        assert await listens(mesh)
        assert await mesh.status() == 404


@pytest.mark.parametrize("token", ["of another pod", "for another audience", "forged"])
async def test_an_envoy_with_another_token_gets_nothing(mesh: Mesh, token: str) -> None:
    async with mesh.envoy(token) as envoy:
        assert not await listens(mesh, 1.5)
        assert await envoy.counter("listener_manager.lds.update_success") == 0
        assert await envoy.counter("cluster_manager.cds.update_success") == 0
        assert mesh.api.count("POST /apis/authentication.k8s.io") >= 1


async def test_an_envoy_gives_its_token_to_nobody_but_the_meshs_control_plane(mesh: Mesh) -> None:
    async with mesh.envoy("mine", CertificateAuthority.create()):
        assert not await listens(mesh, 1.5)
    assert mesh.api.count("POST /apis/authentication.k8s.io") == 0


async def test_a_token_that_becomes_valid_is_read_again_from_its_file(mesh: Mesh) -> None:
    async with mesh.envoy("forged"):
        await until(lambda: mesh.api.count("POST /apis/authentication.k8s.io"))
        (mesh.folder / "token").write_text("mine")
        assert await listens(mesh)


async def test_an_envoy_loses_its_stream_with_its_pod_but_goes_on_serving(mesh: Mesh) -> None:
    async with mesh.envoy("mine") as envoy:
        assert await listens(mesh)
        mesh.api.remove(POD, "ingress-1", "shop")
        async with asyncio.timeout(10):
            while await envoy.counter("control_plane.connected_state"):
                await asyncio.sleep(0.05)
        assert await mesh.status() == 404
