"""Certificates swapped over SDS while requests pass two Envoys with mTLS between them."""

import asyncio
import ssl
from pathlib import Path
from typing import Any

import aiohttp
import pytest
from aiohttp import web
from cryptography import x509
from envoy.config.cluster.v3.cluster_pb2 import Cluster
from envoy.config.listener.v3.listener_pb2 import Listener
from envoy.extensions.filters.http.router.v3 import router_pb2  # noqa: F401  (resolves Any)
from envoy.extensions.filters.network.http_connection_manager.v3 import (
    http_connection_manager_pb2,  # noqa: F401  (resolves Any)
)
from envoy.extensions.transport_sockets.tls.v3 import tls_pb2  # noqa: F401  (resolves Any)
from google.protobuf.json_format import ParseDict

from meshrig.certs.authority import CertificateAuthority, IssuedCertificate
from meshrig.certs.files import write_certificate
from meshrig.xds.secrets import build_tls_secret, build_trust_secret
from meshrig.xds.server import ControlPlane
from meshrig.xds.snapshot import Snapshot
from tests.integration.xds.envoys import free_port, running_envoy

pytestmark = pytest.mark.integration

ADS = {"ads": {}, "resource_api_version": "V3"}
TYPES = "type.googleapis.com/envoy.extensions"
TLS = f"{TYPES}.transport_sockets.tls.v3"
ROTATIONS, BATCH = 4, 50


def tls(context: str, **more: object) -> dict[str, Any]:
    common = {
        "tls_certificate_sds_secret_configs": [{"name": "own", "sds_config": ADS}],
        "validation_context_sds_secret_config": {"name": "trust", "sds_config": ADS},
    }
    config = {"@type": f"{TLS}.{context}", "common_tls_context": common, **more}
    return {"name": "tls", "typed_config": config}


def listener(port: int, transport_socket: dict[str, Any] | None) -> Listener:
    route = {"match": {"prefix": "/"}, "route": {"cluster": "next"}}
    hcm = {
        "@type": f"{TYPES}.filters.network.http_connection_manager.v3.HttpConnectionManager",
        "stat_prefix": "test",
        "route_config": {"virtual_hosts": [{"name": "all", "domains": ["*"], "routes": [route]}]},
        "http_filters": [{"name": "router", "typed_config": {"@type": f"{TYPES}.filters.http.router.v3.Router"}}],
    }
    chain: dict[str, Any] = {"filters": [{"name": "hcm", "typed_config": hcm}]}
    if transport_socket:
        chain["transport_socket"] = transport_socket
    address = {"socket_address": {"address": "127.0.0.1", "port_value": port}}
    return ParseDict({"name": "in", "address": address, "filter_chains": [chain]}, Listener())


def cluster(port: int, transport_socket: dict[str, Any] | None) -> Cluster:
    target = {"endpoint": {"address": {"socket_address": {"address": "127.0.0.1", "port_value": port}}}}
    config: dict[str, Any] = {
        "name": "next",
        "type": "STATIC",
        "load_assignment": {"cluster_name": "next", "endpoints": [{"lb_endpoints": [target]}]},
    }
    if transport_socket:
        config["transport_socket"] = transport_socket
    return ParseDict(config, Cluster())


def with_secrets(entry: Listener, target: Cluster, own: IssuedCertificate, ca_pem: str) -> Snapshot:
    secrets = {
        "own": build_tls_secret("own", own.cert_chain_pem, own.private_key_pem),
        "trust": build_trust_secret("trust", ca_pem),
    }
    return Snapshot(listeners={"in": entry}, clusters={"next": target}, secrets=secrets)


async def served_serial(port: int, authority: CertificateAuthority, client: IssuedCertificate, folder: Path) -> int:
    """The serial number that a new connection to the server Envoy is shown."""
    write_certificate(client, folder / "client.crt", folder / "client.key")
    context = ssl.create_default_context(cadata=authority.ca_pem)
    context.load_cert_chain(folder / "client.crt", folder / "client.key")
    _, writer = await asyncio.open_connection("127.0.0.1", port, ssl=context, server_hostname="server.local")
    shown = writer.get_extra_info("ssl_object").getpeercert(binary_form=True)
    writer.close()
    return x509.load_der_x509_certificate(shown).serial_number


async def _answer(_: web.Request) -> web.Response:
    return web.Response(text="ok")


async def test_rotation_fails_no_request_and_new_connections_get_the_new_certificate(tmp_path: Path) -> None:
    authority, plane = CertificateAuthority.create(), ControlPlane()
    app = web.Application()
    app.router.add_get("/", _answer)
    runner = web.AppRunner(app)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    entry_port, tls_port = free_port(), free_port()
    client_side = (listener(entry_port, None), cluster(tls_port, tls("UpstreamTlsContext", sni="server.local")))
    required = tls("DownstreamTlsContext", require_client_certificate=True)
    server_side = (listener(tls_port, required), cluster(int(runner.addresses[0][1]), None))

    async def rotate() -> IssuedCertificate:
        own = authority.issue("server", ("server.local",))
        plane.set_snapshot("server", with_secrets(*server_side, own, authority.ca_pem))
        plane.set_snapshot("client", with_secrets(*client_side, authority.issue("client"), authority.ca_pem))
        assert await plane.wait_acked("server", 20)
        assert await plane.wait_acked("client", 20)
        return own

    async def load(session: aiohttp.ClientSession) -> list[int]:
        statuses = []
        for _ in range(BATCH):
            async with session.get(f"http://127.0.0.1:{entry_port}/") as answer:
                statuses.append(answer.status)
        return statuses

    await plane.start(f"unix:{tmp_path}/xds.sock")
    serials: list[tuple[int, int]] = []
    async with running_envoy(tmp_path, "client"), running_envoy(tmp_path, "server"), aiohttp.ClientSession() as session:
        await rotate()
        for _ in range(ROTATIONS):
            loading = asyncio.create_task(load(session))
            own = await rotate()
            serials.append((own.serial, await served_serial(tls_port, authority, own, tmp_path)))
            assert await loading == [200] * BATCH
    assert [shown for _, shown in serials] == [issued for issued, _ in serials]
    await plane.stop()
    await runner.cleanup()
