"""One node id: the snapshot it should have, the streams of its Envoys, and what they said."""

import asyncio
import time
from dataclasses import dataclass, field

from meshrig.xds.delta import DeltaStream
from meshrig.xds.snapshot import Snapshot
from meshrig.xds.subscription import Update

_KEPT_NACKS = 20


@dataclass(frozen=True)
class Nack:
    """A refusal by Envoy: the resources (one, unless it refused removals), its own words, and when (Unix seconds)."""

    type_url: str
    resource_names: tuple[str, ...]
    detail: str
    time: float


@dataclass(frozen=True)
class NodeStatus:
    """``synced``: the Envoy has confirmed all of its present snapshot. ``nacks``: refusals of what it still has.

    ``last_good`` is the latest snapshot confirmed as a whole, ``acked_version`` its version ("" before the first).
    """

    connected: bool = False
    synced: bool = False
    nacks: tuple[Nack, ...] = ()
    acked_version: str = ""
    last_good: Snapshot | None = field(default=None, repr=False)


@dataclass
class Node:
    """``streams``: one for each Envoy of this id, with the event that makes it look for something to send."""

    snapshot: Snapshot | None = None
    last_good: Snapshot | None = None
    streams: dict[DeltaStream, asyncio.Event] = field(default_factory=dict)
    nacks: list[Nack] = field(default_factory=list)
    closed: bool = False
    _progress: asyncio.Event = field(default_factory=asyncio.Event)

    def set_snapshot(self, snapshot: Snapshot) -> None:
        """Refusals of resources that are now other ones, or gone, are no news any more."""
        before, self.snapshot = self.snapshot, snapshot
        self.nacks = [nack for nack in self.nacks if before and not _differ(nack, before, snapshot)]
        self.wake()
        self.note_progress()

    def close(self) -> None:
        """End every stream; nothing more is sent."""
        self.closed, self.snapshot = True, None
        self.wake()

    def wake(self) -> None:
        """Make every stream look for something to send, or for an end."""
        for wakeup in self.streams.values():
            wakeup.set()

    def status(self) -> NodeStatus:
        version = self.last_good.version if self.last_good else ""
        return NodeStatus(bool(self.streams), self._is_synced(), tuple(self.nacks), version, self.last_good)

    def note(self, update: Update, refusal: str | None) -> None:
        """Remember a refusal; a later acceptance of the same resources makes it good.

        The refusal of an update of several says nothing yet: each is sent alone next.
        """
        names = tuple(resource.name for resource in update.resources)
        if refusal is None:
            self.nacks = [
                n for n in self.nacks if n.type_url != update.type_url or not set(n.resource_names) & set(names)
            ]
        elif update.is_single:
            nack = Nack(update.type_url, names or update.removed, refusal, time.time())
            self.nacks = [*self.nacks, nack][-_KEPT_NACKS:]

    def note_progress(self) -> None:
        if self.snapshot is not None and self._is_synced():
            self.last_good = self.snapshot
        self._progress.set()

    def forget_stream(self, stream: DeltaStream) -> None:
        del self.streams[stream]
        self._progress.set()

    async def wait_synced(self, timeout: float) -> bool:
        """False after ``timeout`` seconds, or as soon as an Envoy has refused something of it."""
        try:
            async with asyncio.timeout(timeout):
                while not self._is_synced():
                    if self._is_refused():
                        return False
                    self._progress.clear()
                    await self._progress.wait()
        except TimeoutError:
            return False
        return True

    def _is_synced(self) -> bool:
        snapshot = self.snapshot
        return snapshot is not None and bool(self.streams) and all(s.is_synced(snapshot) for s in self.streams)

    def _is_refused(self) -> bool:
        return self.snapshot is not None and any(stream.refuses(self.snapshot) for stream in self.streams)


def _differ(nack: Nack, before: Snapshot, now: Snapshot) -> bool:
    old, new = before.resources[nack.type_url], now.resources[nack.type_url]
    return any(old.get(name) is None or new.get(name) != old[name] for name in nack.resource_names)
