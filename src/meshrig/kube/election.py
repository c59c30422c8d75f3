"""Leader election by a Lease, with client-go's rules (k8s.io/client-go/tools/leaderelection): another's lease is over
when *we* have seen it unchanged for its duration, so clocks needn't agree."""

import asyncio
import logging
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime

from meshrig.kube.client import KubeClient
from meshrig.kube.errors import KubeError
from meshrig.kube.kinds import LEASE, Object

_log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Terms:
    """Seconds: a lease lasts ``duration``; its holder stops leading after ``renew_deadline`` without renewing."""

    duration: float = 15.0
    renew_deadline: float = 10.0
    period: float = 2.0


class Elector:
    """One candidate. ``is_leader`` holds only while the lease is certain to be ours."""

    def __init__(
        self,
        client: KubeClient,
        namespace: str,
        name: str,
        identity: str,
        terms: Terms = Terms(),
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self.identity = identity
        self._client = client
        self._namespace, self._name = namespace, name
        self._terms = terms
        self._clock = clock
        self._renewed: float | None = None
        self._seen: tuple[object, object] = ("", "")
        self._seen_at = 0.0

    @property
    def is_leader(self) -> bool:
        return self._renewed is not None and self._clock() < self._renewed + self._terms.renew_deadline

    async def run(self, changed: Callable[[], None]) -> None:
        """Try for ever; ``changed`` is called when this candidate starts or stops leading."""
        led = False
        while True:
            try:
                await self.attempt()
            except KubeError as error:
                _log.warning("leader election: %s", error.message)
            if self.is_leader != led:
                led = self.is_leader
                _log.info("%s %s", self.identity, "leads" if led else "does not lead any more")
                changed()
            await asyncio.sleep(self._terms.period)

    async def attempt(self) -> bool:
        """Take or renew the lease if it may be taken; whether we hold it now. Raises KubeError without an answer."""
        started = self._clock()
        try:
            lease = await self._client.get(LEASE, self._name, self._namespace)
        except KubeError as error:
            if not error.is_missing:
                raise
            return await self._write({}, started)
        spec = lease.get("spec") or {}
        holder = spec.get("holderIdentity") or ""
        if holder != self.identity:
            self._renewed = None
            self._observe(spec, started)
            if holder and started < self._seen_at + float(spec.get("leaseDurationSeconds") or self._terms.duration):
                return False
        return await self._write(lease, started)

    async def release(self) -> None:
        """Give the lease back, so that another takes it at once."""
        if not self.is_leader:
            return
        self._renewed = None
        try:
            lease = await self._client.get(LEASE, self._name, self._namespace)
            if lease["spec"].get("holderIdentity") == self.identity:
                lease["spec"] |= {"holderIdentity": "", "leaseDurationSeconds": 1}
                await self._client.replace(lease)
        except KubeError as error:
            _log.info("the lease was not given back: %s", error.message)

    def _observe(self, spec: Object, now: float) -> None:
        seen = (spec.get("holderIdentity"), spec.get("renewTime"))
        if seen != self._seen:
            self._seen, self._seen_at = seen, now

    async def _write(self, lease: Object, started: float) -> bool:
        now = datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")
        spec = dict(lease.get("spec") or {})
        if spec.get("holderIdentity") != self.identity:
            spec |= {"acquireTime": now, "leaseTransitions": int(spec.get("leaseTransitions") or 0) + bool(lease)}
        spec |= {
            "holderIdentity": self.identity,
            "renewTime": now,
            "leaseDurationSeconds": int(self._terms.duration),
        }
        try:
            if lease:
                await self._client.replace({**lease, "apiVersion": LEASE.api_version, "kind": "Lease", "spec": spec})
            else:
                await self._client.create(self._new_lease(spec))
        except KubeError as error:
            if not error.is_conflict:
                raise
            self._renewed = None
            return False
        self._renewed = started
        return True

    def _new_lease(self, spec: Object) -> Object:
        metadata = {"name": self._name, "namespace": self._namespace}
        return {"apiVersion": LEASE.api_version, "kind": "Lease", "metadata": metadata, "spec": spec}
