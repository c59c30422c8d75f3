"""The state of one incremental ADS stream, without I/O: what the client has, and what to send it next."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from meshrig.xds.snapshot import CLUSTER, ENDPOINT, ORDER, REFERRING_TYPES, WILDCARD_TYPES, Resource, Snapshot

_ALL = "*"


@dataclass(frozen=True)
class Update:
    """One response to send: changed resources and the names that are gone."""

    type_url: str
    nonce: str
    resources: tuple[Resource, ...]
    removed: tuple[str, ...]


@dataclass
class _TypeState:
    """``held``: name -> version the client has or is being sent; ``acked`` the ones it confirmed; ``absent``: names it
    was told don't exist."""

    subscribed: set[str] = field(default_factory=set)
    wildcard: bool = False
    started: bool = False
    held: dict[str, str] = field(default_factory=dict)
    acked: dict[str, str] = field(default_factory=dict)
    rejected: dict[str, str] = field(default_factory=dict)
    absent: set[str] = field(default_factory=set)
    outstanding: dict[str, Update] = field(default_factory=dict)

    def wants(self, name: str) -> bool:
        return self.wildcard or name in self.subscribed


class DeltaStream:
    """One client's side of the protocol (envoyproxy.io, "incremental xDS")."""

    def __init__(self) -> None:
        self._types = {url: _TypeState() for url in ORDER}
        self._nonce = 0

    def subscribe(
        self, type_url: str, names: Iterable[str], unsubscribe: Iterable[str], initial: Mapping[str, str]
    ) -> None:
        """Take a request's subscriptions; ``initial`` are the versions a reconnecting client still has."""
        state = self._types[type_url]
        names = set(names)
        first, state.started = not state.started, True
        if _ALL in names or (first and not names and type_url in WILDCARD_TYPES):
            state.wildcard = True
        state.subscribed |= names - {_ALL}
        # A name asked for anew is answered anew, even if its version is known (Envoy may have dropped it).
        if not first:
            for name in names:
                state.held.pop(name, None)
                state.absent.discard(name)
        gone = set(unsubscribe)
        state.wildcard = state.wildcard and _ALL not in gone
        state.subscribed -= gone
        for name in gone:
            for known in (state.held, state.acked, state.rejected):
                known.pop(name, None)
            state.absent.discard(name)
        state.held |= initial
        state.acked |= initial

    def acknowledge(self, type_url: str, nonce: str, accepted: bool) -> Update | None:
        """Take an ACK or NACK; returns the update it answers, None for a nonce not ours."""
        state = self._types[type_url]
        update = state.outstanding.pop(nonce, None)
        if update is None:
            return None
        for resource in update.resources:
            if accepted:
                state.acked[resource.name] = resource.version
                state.rejected.pop(resource.name, None)
            else:
                state.rejected[resource.name] = resource.version
        for name in update.removed:
            state.acked.pop(name, None)
        return update

    def next_updates(self, snapshot: Snapshot) -> list[Update]:
        """What can be sent now; sending it is assumed."""
        updates = []
        for url in ORDER:
            if not self._types[url].started or (url in REFERRING_TYPES and self._is_warming(snapshot)):
                continue
            update = self._update(url, snapshot.resources[url], self._may_remove(url, snapshot))
            if update:
                updates.append(update)
        return updates

    def is_synced(self, snapshot: Snapshot) -> bool:
        """Whether the client has confirmed every resource of the snapshot that it wants."""
        return all(self._has_all(url, resources) for url, resources in snapshot.resources.items())

    def refuses(self, snapshot: Snapshot) -> bool:
        """Whether the client refused any resource just as the snapshot has it."""
        return any(
            self._types[url].rejected.get(name) == resource.version
            for url, resources in snapshot.resources.items()
            for name, resource in resources.items()
        )

    def _has_all(self, url: str, resources: Mapping[str, Resource]) -> bool:
        state = self._types[url]
        by_name = url not in WILDCARD_TYPES and url != ENDPOINT
        return not state.outstanding and all(
            state.acked.get(name) == resource.version
            for name, resource in resources.items()
            if not by_name or state.wants(name)
        )

    def _is_warming(self, snapshot: Snapshot) -> bool:
        """Whether clusters or their endpoints are still under way to the client."""
        if any(self._types[url].outstanding for url in ORDER if url not in REFERRING_TYPES):
            return True
        clusters, endpoints = self._types[CLUSTER], self._types[ENDPOINT]
        expected = (name for name in snapshot.resources[ENDPOINT] if name not in clusters.rejected)
        return any(name not in endpoints.held for name in expected)

    def _may_remove(self, url: str, snapshot: Snapshot) -> bool:
        """Clusters and their kin go only when nothing refers to them any more."""
        if url in REFERRING_TYPES:
            return True
        return all(self._has_all(referring, snapshot.resources[referring]) for referring in REFERRING_TYPES)

    def _update(self, url: str, resources: Mapping[str, Resource], may_remove: bool) -> Update | None:
        state = self._types[url]
        changed = tuple(
            resource
            for name, resource in resources.items()
            if state.wants(name)
            and state.held.get(name) != resource.version
            and state.rejected.get(name) != resource.version
        )
        removed = self._removed(state, resources, may_remove)
        if not changed and not removed:
            return None
        self._nonce += 1
        update = Update(url, str(self._nonce), changed, removed)
        state.outstanding[update.nonce] = update
        state.held |= {resource.name: resource.version for resource in changed}
        state.absent -= {resource.name for resource in changed}
        for name in removed:
            state.held.pop(name, None)
            state.absent.add(name)
        return update

    @staticmethod
    def _removed(state: _TypeState, resources: Mapping[str, Resource], may_remove: bool) -> tuple[str, ...]:
        gone = {name for name in state.held if name not in resources} if may_remove else set()
        # A name asked for that doesn't exist is answered at once, or the client would wait for it.
        unknown = {name for name in state.subscribed if name not in resources and name not in state.held}
        return tuple(sorted((gone | unknown) - state.absent))
