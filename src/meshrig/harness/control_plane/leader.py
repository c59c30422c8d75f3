"""The leader's chores, done after each change and from time to time."""

import asyncio
import logging
import time

from meshrig.harness.control_plane.chores.access_bindings import Bindings, apply_bindings, plan_bindings
from meshrig.harness.control_plane.chores.addresses import apply_addresses, plan_addresses
from meshrig.harness.control_plane.chores.events import CONTROL_PLANE_SUBJECT, EventLog, Notice
from meshrig.harness.control_plane.chores.trust import create_ca, keep_ca_bundle
from meshrig.harness.control_plane.system import MeshSystem
from meshrig.kube.client import KubeClient
from meshrig.kube.election import Elector
from meshrig.kube.errors import KubeError

_log = logging.getLogger(__name__)
_CHECK_SECONDS = 30.0
_RETRY_SECONDS = 2.0


class Leader:
    """Acts only while ``elector`` leads. What it wrote once is checked again every half minute."""

    def __init__(self, client: KubeClient, system: MeshSystem, elector: Elector) -> None:
        self._client = client
        self._system = system
        self._elector = elector
        self._events = EventLog(client)
        self._trusted = ""
        self._bound: Bindings = {}
        self._checked = 0.0

    async def run(self) -> None:
        """For ever."""
        wait = _CHECK_SECONDS
        while True:
            try:
                async with asyncio.timeout(wait):
                    await self._system.changed.wait()
            except TimeoutError:
                pass
            self._system.changed.clear()
            wait = _CHECK_SECONDS if await self.work() else _RETRY_SECONDS

    async def work(self) -> bool:
        """All chores once; False when one failed and is to be tried again soon."""
        if not self._elector.is_leader or not self._system.watch.synced:
            self._checked = 0.0
            return True
        again = time.monotonic() - self._checked > _CHECK_SECONDS
        try:
            await self._keep_trust(again)
            await self._keep_cluster(again)
        except KubeError as error:
            _log.warning("a chore failed: %s", error.message)
            return False
        if again:
            self._checked = time.monotonic()
        return True

    async def _keep_trust(self, again: bool) -> None:
        if self._system.watch.ca_data is None:
            _log.info("there is no CA yet, making one")
            await create_ca(self._client)
        ca_pem = self._system.certificate.ca_pem
        if ca_pem and (again or ca_pem != self._trusted):
            if await keep_ca_bundle(self._client, ca_pem):
                _log.info("the webhook's configuration trusts the CA now")
            self._trusted = ca_pem

    async def _keep_cluster(self, again: bool) -> None:
        notices = [Notice(CONTROL_PLANE_SUBJECT, "NotTaken", problem) for problem in self._system.problems()]
        settings = self._system.settings
        # A cloud gives out addresses and access itself.
        if settings and settings.endpoint_url:
            plan = plan_addresses(self._system.cluster)
            await apply_addresses(self._client, plan)
            notices += plan.notices
            await self._keep_access(again)
        await self._events.tell(tuple(notices))

    async def _keep_access(self, again: bool) -> None:
        definitions = self._system.definitions.current
        if definitions is None or definitions.access is None:
            return
        wanted = plan_bindings(definitions.access, self._system.cluster.namespaces)
        if again or wanted != self._bound:
            changed = await apply_bindings(self._client, wanted)
            if changed:
                _log.info("access entries: %d bindings changed", changed)
            self._bound = wanted
