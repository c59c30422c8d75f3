"""How an injected Envoy reaches its control plane: TLS checked by our CA, and the pod's token of the moment."""

import asyncio
import json
import subprocess
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import aiohttp
import grpc
import pytest
from envoy.service.discovery.v3 import ads_pb2_grpc, discovery_pb2

from meshrig.certs.authority import CertificateAuthority
from meshrig.inject.bootstrap import TOKEN_FOLDER, Upstream, build_bootstrap
from meshrig.names import CONTROL_PLANE_HOST
from meshrig.xds.bootstrap import find_envoy
from tests.integration.xds.envoys import free_port

pytestmark = pytest.mark.integration


@dataclass
class ControlPlane(ads_pb2_grpc.AggregatedDiscoveryServiceServicer):  # type: ignore[misc]
    """Answers everything with nothing, and remembers who came with which token."""

    seen: list[tuple[str, str]] = field(default_factory=list)
    hang_up: asyncio.Event = field(default_factory=asyncio.Event)

    async def DeltaAggregatedResources(self, requests: AsyncIterator[Any], context: Any) -> None:  # noqa: N802
        metadata = dict(context.invocation_metadata())
        first = await anext(requests)
        self.seen.append((first.node.id, metadata.get("authorization", "")))
        reader = asyncio.create_task(self._answer(first, requests, context))
        await self.hang_up.wait()
        reader.cancel()
        self.hang_up.clear()

    async def _answer(self, request: Any, requests: AsyncIterator[Any], context: Any) -> None:
        while True:
            if not request.response_nonce:
                answer = discovery_pb2.DeltaDiscoveryResponse(type_url=request.type_url, nonce=request.type_url)
                await context.write(answer)
            request = await anext(requests)


@contextmanager
def _envoy(folder: Path, xds_port: int, ca_pem: str) -> Iterator[int]:
    """The real bootstrap but for its folder and ports; gives the probe port."""
    admin, probe = free_port(), free_port()
    bootstrap = build_bootstrap(Upstream(f"localhost:{xds_port}", ca_pem), "shop", "users", ())
    text = json.dumps(bootstrap).replace(TOKEN_FOLDER, str(folder)).replace("9901", str(admin))
    argv = [str(find_envoy()), "--config-yaml", text.replace("15020", str(probe)), "-l", "error"]
    node = ["--service-node", "mesh/shop/virtualNode/users/a.shop", "--service-cluster", "c", "--disable-hot-restart"]
    process = subprocess.Popen([*argv, *node, "--concurrency", "1"])
    try:
        yield probe
    finally:
        process.terminate()
        process.wait()


@asynccontextmanager
async def _serve(control_plane: ControlPlane, authority: CertificateAuthority, name: str) -> AsyncIterator[int]:
    """With a certificate for that name; gives the port."""
    issued = authority.issue(name, (name,))
    server = grpc.aio.server()
    ads_pb2_grpc.add_AggregatedDiscoveryServiceServicer_to_server(control_plane, server)
    pair = (issued.private_key_pem.encode(), issued.cert_chain_pem.encode())
    port = server.add_secure_port("127.0.0.1:0", grpc.ssl_server_credentials([pair]))
    await server.start()
    try:
        yield port
    finally:
        control_plane.hang_up.set()
        await server.stop(0)


async def _ready(port: int) -> bool:
    try:
        async with aiohttp.ClientSession() as session, session.get(f"http://127.0.0.1:{port}/ready") as answer:
            return answer.status == 200
    except aiohttp.ClientError:
        return False


async def _until(condition: Callable[[], Awaitable[bool]]) -> None:
    async with asyncio.timeout(15):
        while not await condition():
            await asyncio.sleep(0.1)


async def test_brings_the_token_of_the_moment_and_is_ready_once_it_has_an_answer(tmp_path: Path) -> None:
    authority, control_plane = CertificateAuthority.create(), ControlPlane()
    (tmp_path / "token").write_text("first")
    async with _serve(control_plane, authority, CONTROL_PLANE_HOST) as xds_port:
        with _envoy(tmp_path, xds_port, authority.ca_pem) as probe_port:
            await _until(lambda: _ready(probe_port))
            (tmp_path / "token").write_text("second")
            control_plane.hang_up.set()
            await _until(lambda: _has_seen(control_plane, 2))
    node = "mesh/shop/virtualNode/users/a.shop"
    assert control_plane.seen[:2] == [(node, "Bearer first"), (node, "Bearer second")]


@pytest.mark.parametrize("fault", ["other CA", "other name"])
async def test_tells_nothing_to_somebody_else(tmp_path: Path, fault: str) -> None:
    authority, control_plane = CertificateAuthority.create(), ControlPlane()
    (tmp_path / "token").write_text("first")
    trusted = CertificateAuthority.create() if fault == "other CA" else authority
    name = "users-service.shop.svc.cluster.local" if fault == "other name" else CONTROL_PLANE_HOST
    async with _serve(control_plane, authority, name) as xds_port:
        with _envoy(tmp_path, xds_port, trusted.ca_pem) as probe_port:
            await asyncio.sleep(3)
            assert not await _ready(probe_port)
    assert not control_plane.seen


async def _has_seen(control_plane: ControlPlane, streams: int) -> bool:
    return len(control_plane.seen) >= streams
