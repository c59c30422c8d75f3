"""Run the keeper: ``meshrig keep`` in the container ``meshrig`` of compose."""

import asyncio
import json
import logging
import os
import signal
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from meshrig import __version__
from meshrig.certs.authority import CertificateAuthority
from meshrig.errors import MeshrigError
from meshrig.harness.control_server import ControlServer, Say
from meshrig.harness.follow import follow_changes
from meshrig.harness.keeper.store import DesiredStore, from_json
from meshrig.harness.keeper.system import Kept, KeptSystem
from meshrig.harness.keeper.token_webhook import PORT, TokenWebhook
from meshrig.harness.localstack import Clients
from meshrig.model.desired import DesiredState
from meshrig.names import EDGE
from meshrig.xds.bootstrap import build_bootstrap
from meshrig.xds.server import ControlPlane

log = logging.getLogger("meshrig.keeper")
_EDGE_ADMIN_PORT = 9901
_NOTHING_LOST = "nothing is lost: it is tried again"


@dataclass(frozen=True)
class Pace:
    """Seconds: between looks at LocalStack, at most between tries of a stack that fails, and for the edge's answer."""

    watch: float = 2.0
    longest: float = 60.0
    edge: float = 30.0


class Keeper:
    """Serialises everything that changes the system behind one lock.

    ``runtime`` is shared with the edge: its bootstrap, xDS and control sockets; ``state`` is the keeper's own.
    """

    def __init__(
        self, endpoint: str, runtime: Path, state: Path, webhook_port: int = PORT, pace: Pace = Pace()
    ) -> None:
        self._webhook_port = webhook_port
        self._pace = pace
        self._endpoint = endpoint
        self._runtime = runtime
        self._lock = asyncio.Lock()
        self._ended = asyncio.Event()
        self._store = DesiredStore(state / "desired.json")
        self._desired = self._store.load()
        self._control_plane = ControlPlane()
        self._system = KeptSystem(endpoint, state, self._control_plane)
        self._webhook: TokenWebhook | None = None
        self._webhook_for: tuple[str, ...] = ()
        self._control = ControlServer(
            runtime / "control.sock", "docker compose logs meshrig", self._handle, self._status
        )

    async def run(self) -> None:
        loop = asyncio.get_running_loop()
        for number in (signal.SIGTERM, signal.SIGINT):
            loop.add_signal_handler(number, self.end)
        socket = self._runtime / "xds.sock"
        await self._control_plane.start(f"unix:{socket}")
        bootstrap = build_bootstrap(EDGE, EDGE, socket, _EDGE_ADMIN_PORT)
        (self._runtime / "edge.json").write_text(json.dumps(bootstrap))
        if self._desired:
            await self._serve_tokens(self._desired)
        # Last: whoever finds this socket takes the keeper for healthy.
        await self._control.start()
        chores = [asyncio.create_task(chore()) for chore in (self._follow_changes, self._watch)]
        await self._ended.wait()
        for chore in chores:
            chore.cancel()
        await asyncio.gather(*chores, return_exceptions=True)
        if self._webhook:
            await self._webhook.close()
        await self._control.close()
        await self._control_plane.stop()

    def end(self) -> None:
        """Have ``run`` return."""
        self._ended.set()

    async def _handle(self, body: dict[str, Any], say: Say) -> None:
        desired = from_json(body)
        async with self._lock:
            await self._serve_tokens(desired)
            kept = await self._system.converge(desired, say)
            # Only what has worked once is what a later start goes back to.
            self._store.save(desired)
            self._desired = desired
        if not await self._control_plane.wait_acked(kept.edge.node_id, self._pace.edge):
            nacks = self._control_plane.status(kept.edge.node_id).nacks
            details = "; ".join(nack.detail for nack in nacks) or "it has not connected"
            raise MeshrigError(f"the edge did not take its configuration: {details}", log="docker compose logs edge")

    async def _serve_tokens(self, desired: DesiredState) -> None:
        """With the CA that the cluster trusts, which is a new one after it was removed, and of the stack's region."""
        wanted = (desired.ca_certificate, desired.ca_key, desired.region)
        if wanted == self._webhook_for or not desired.ca_key:
            return
        authority = CertificateAuthority.from_pem(desired.ca_certificate, desired.ca_key)
        if self._webhook:
            await self._webhook.close()
        self._webhook = TokenWebhook(Clients(self._endpoint, desired.region), self._webhook_port)
        await self._webhook.start(authority)
        self._webhook_for = wanted

    async def _follow_changes(self) -> None:
        async def take() -> None:
            async with self._lock:
                await self._system.refresh()

        await follow_changes(lambda: self._endpoint if self._system.kept else None, take)

    async def _watch(self) -> None:
        """Make the stack again after LocalStack or the keeper itself has started anew; follow the node's address."""
        pause = self._pace.watch
        while True:
            await asyncio.sleep(pause)
            try:
                async with self._lock:
                    pause = await self._restore(self._desired, pause) if self._desired else self._pace.watch
            except Exception:
                log.exception("keeping the stack failed; %s", _NOTHING_LOST)

    async def _restore(self, desired: DesiredState, pause: float) -> float:
        """How long to wait before the next look."""
        try:
            if not await self._system.is_forgotten():
                await self._system.follow_node()
                return self._pace.watch
        except MeshrigError as error:
            log.info("LocalStack is away: %s; %s", error, _NOTHING_LOST)
            return self._pace.watch
        log.info("LocalStack has started anew: making the stack again")
        try:
            await self._system.converge(desired, lambda text: log.info("%s", text))
        except MeshrigError as error:
            # A stack that fails is made and rolled back each time: less and less often.
            log.error("%s; %s", error, _NOTHING_LOST)
            return min(pause * 2, self._pace.longest)
        return self._pace.watch

    def _status(self) -> dict[str, Any]:
        kept = self._system.kept
        return {"version": __version__, "state": "up" if kept else "idle"} | (self._describe(kept) if kept else {})

    def _describe(self, kept: Kept) -> dict[str, Any]:
        status = self._control_plane.status(kept.edge.node_id)
        return {
            "region": kept.desired.region,
            "stack": {
                "name": kept.stack.name,
                "status": kept.stack.status,
                "resources": kept.stack.resources,
                "outputs": dict(kept.stack.outputs),
            },
            "mesh": kept.definitions.mesh.mesh.name,
            "stages": dict(kept.definitions.gateway.stages()),
            "nodes": list(kept.nodes),
            "edge": {
                "connected": status.connected,
                "synced": status.synced,
                "rejected": [f"{', '.join(nack.resource_names)}: {nack.detail}" for nack in status.nacks],
            },
            "warnings": list(kept.edge.warnings),
        }


def serve(endpoint: str, runtime: Path, state: Path) -> None:
    """Run until SIGTERM."""
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(levelname)s %(name)s %(message)s")
    logging.getLogger("botocore").setLevel(logging.WARNING)
    os.umask(0o077)
    asyncio.run(Keeper(endpoint, runtime, state).run())
