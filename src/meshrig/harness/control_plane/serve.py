"""``meshrig control-plane``: what runs in each replica's pod."""

import asyncio
import logging
import os
import signal
import socket
from collections.abc import Mapping
from typing import Any

from meshrig.harness.control_plane.admission import Admission
from meshrig.harness.control_plane.definitions import Open, open_stack
from meshrig.harness.control_plane.injection import Injector, PodInjector
from meshrig.harness.control_plane.leader import Leader
from meshrig.harness.control_plane.system import MeshSystem
from meshrig.harness.control_plane.webhook import WebhookServer
from meshrig.kube.client import KubeClient, Selection
from meshrig.kube.connection import Connection, connect_in_cluster
from meshrig.kube.election import Elector
from meshrig.kube.kinds import NAMESPACE, SERVICE
from meshrig.model.kubernetes import Service
from meshrig.names import CONTROL_PLANE, SYSTEM_NAMESPACE, WEBHOOK_PORT, XDS_PORT
from meshrig.read.cluster.objects import read_namespace, read_service

_log = logging.getLogger(__name__)
_ANY_ADDRESS = "0.0.0.0"


class Replica:
    """One replica: xDS, the webhook, and the chores while it leads."""

    def __init__(self, client: KubeClient, injector: Injector, identity: str, open_source: Open = open_stack) -> None:
        self._client = client
        self.system = MeshSystem(client, open_source)
        self.elector = Elector(client, SYSTEM_NAMESPACE, CONTROL_PLANE, identity)
        self._leader = Leader(client, self.system, self.elector)
        admission = Admission(injector, self.system.in_force, self._namespace_labels, self._services)
        self._webhook = WebhookServer(admission, self.system.certificate, self.system.missing, self._status)

    async def run(self, stop: asyncio.Event, xds_port: int = XDS_PORT, webhook_port: int = WEBHOOK_PORT) -> None:
        """Serve until ``stop`` is set. Raises what ends any part of it."""
        await self.system.xds.start(f"{_ANY_ADDRESS}:{xds_port}", self.system.certificate.grpc_credentials())
        await self._webhook.start(_ANY_ADDRESS, webhook_port)
        _log.info("serving xDS on %d and the webhook on %d", xds_port, webhook_port)
        works = (self.system.run(), self.elector.run(self.system.changed.set), self._leader.run())
        tasks = [asyncio.create_task(work) for work in works]
        stopping = asyncio.create_task(stop.wait())
        try:
            done, _ = await asyncio.wait((*tasks, stopping), return_when=asyncio.FIRST_COMPLETED)
            for task in done - {stopping}:
                task.result()
        finally:
            for task in (*tasks, stopping):
                task.cancel()
            await asyncio.gather(*tasks, stopping, return_exceptions=True)
            await self.elector.release()
            await self.system.xds.stop()
            await self._webhook.stop()

    def _status(self) -> dict[str, Any]:
        return {"replica": self.elector.identity, "leader": self.elector.is_leader, **self.system.status()}

    async def _namespace_labels(self, name: str) -> Mapping[str, str]:
        return read_namespace(await self._client.get(NAMESPACE, name)).labels

    async def _services(self, namespace: str) -> tuple[Service, ...]:
        listing = await self._client.list(Selection(SERVICE, namespace))
        return tuple(read_service(item) for item in listing.items)


async def serve(connection: Connection, identity: str) -> None:
    """Run one replica until SIGTERM or SIGINT."""
    stop = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
    async with KubeClient(connection) as client:
        await Replica(client, PodInjector(), identity).run(stop)


def serve_in_cluster() -> None:
    """As the pod this runs in. Raises MeshrigError outside of a cluster."""
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(levelname)s %(name)s %(message)s")
    logging.getLogger("botocore").setLevel(logging.WARNING)
    identity = os.environ.get("POD_NAME") or socket.gethostname()
    asyncio.run(serve(connect_in_cluster(), identity))
