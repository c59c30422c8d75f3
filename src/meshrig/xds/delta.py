"""The state of one incremental ADS stream, without I/O: what the client has, and what to send it next.

Rules and their source: envoyproxy.io, "xDS REST and gRPC protocol": "Incremental xDS", "Eventual consistency
considerations", "Resource warming".
"""

from collections.abc import Iterable, Mapping

from meshrig.xds.references import CLUSTER, ENDPOINT
from meshrig.xds.snapshot import ORDER, REFERRING_TYPES, WILDCARD_TYPES, Resource, Snapshot
from meshrig.xds.subscription import Subscription, Update


class DeltaStream:
    """One client's side of the protocol."""

    def __init__(self) -> None:
        self._types = {url: Subscription(url, url in WILDCARD_TYPES) for url in ORDER}
        self._nonce = 0

    def subscribe(
        self, type_url: str, names: Iterable[str], unsubscribe: Iterable[str], initial: Mapping[str, str]
    ) -> None:
        """Take a request's subscriptions; ``initial`` are the versions a reconnecting client still has."""
        self._types[type_url].subscribe(frozenset(names), frozenset(unsubscribe), initial)

    def acknowledge(self, type_url: str, nonce: str, accepted: bool) -> Update | None:
        """Take an ACK or NACK; returns the update it answers, None for a nonce not ours."""
        state = self._types[type_url]
        return state.accept(nonce) if accepted else state.refuse(nonce)

    def next_updates(self, snapshot: Snapshot) -> list[Update]:
        """What can be sent now; sending it, in this order, is assumed."""
        updates: list[Update] = []
        for url in ORDER:
            state = self._types[url]
            if not state.started or (url in REFERRING_TYPES and self._is_warming(snapshot)):
                continue
            resources = snapshot.resources[url]
            changed = [r for r in state.changed(resources) if not self._is_held_back(url, r, snapshot)]
            removed = state.removed(resources, gone=self._may_remove(url, snapshot))
            batches = state.batches(changed, removed)
            if state.wildcard and not state.answered and not resources:
                # An Envoy does not start until it has heard of clusters and listeners, even that there are none.
                batches = batches or [((), ())]
            updates += [self._send(state, *content) for content in batches]
            if url == CLUSTER:
                self._announce_again(changed)
        return updates

    def is_synced(self, snapshot: Snapshot) -> bool:
        """Whether the client has confirmed the whole snapshot: what it asks for and what it will have to ask for."""
        return all(self._has_all(url, snapshot) for url in ORDER)

    def refuses(self, snapshot: Snapshot) -> bool:
        """Whether the client refused any resource just as the snapshot has it."""
        return any(
            self._types[url].rejected.get(name) == resource.version
            for url, resources in snapshot.resources.items()
            for name, resource in resources.items()
        )

    def _send(self, state: Subscription, resources: tuple[Resource, ...], removed: tuple[str, ...]) -> Update:
        self._nonce += 1
        return state.send(str(self._nonce), resources, removed)

    def _announce_again(self, clusters: Iterable[Resource]) -> None:
        """A changed cluster stays cold until it hears of its endpoints, and Envoy, having subscribed to them, does not
        ask again (envoyproxy/envoy issue 33607: by design, the server has to send them)."""
        for cluster in clusters:
            for url, name in cluster.references:
                if url == ENDPOINT:
                    self._types[url].forget(name)

    def _has_all(self, url: str, snapshot: Snapshot) -> bool:
        state, resources = self._types[url], snapshot.resources[url]
        if state.outstanding:
            return False
        if url in WILDCARD_TYPES:
            return state.acked == {name: resource.version for name, resource in resources.items()}
        expected = (state.subscribed | snapshot.references[url]) & resources.keys()
        return all(state.acked.get(name) == resources[name].version for name in expected)

    def _is_warming(self, snapshot: Snapshot) -> bool:
        """Whether clusters, or what they wait for themselves, are still under way to the client."""
        if any(self._types[url].outstanding for url in ORDER if url not in REFERRING_TYPES):
            return True
        clusters = self._types[CLUSTER]
        return any(
            not self._types[url].has_answered(name)
            for cluster in snapshot.resources[CLUSTER].values()
            if clusters.rejected.get(cluster.name) != cluster.version
            for url, name in cluster.references
        )

    def _is_held_back(self, url: str, resource: Resource, snapshot: Snapshot) -> bool:
        """A listener or routes in use stay as they are while a new cluster, which they may point at, was refused."""
        if url not in REFERRING_TYPES or resource.name not in self._types[url].acked:
            return False
        clusters = self._types[CLUSTER]
        return any(
            clusters.rejected.get(cluster.name) == cluster.version and cluster.name not in clusters.acked
            for cluster in snapshot.resources[CLUSTER].values()
        )

    def _may_remove(self, url: str, snapshot: Snapshot) -> bool:
        """Clusters and their kin go only when nothing refers to them any more."""
        return url in REFERRING_TYPES or all(self._is_current(referring, snapshot) for referring in REFERRING_TYPES)

    def _is_current(self, url: str, snapshot: Snapshot) -> bool:
        """Whether the client confirmed every listener or route it has, and keeps none of an earlier snapshot."""
        state, resources = self._types[url], snapshot.resources[url]
        present = {name: resource.version for name, resource in resources.items() if state.wants(name)}
        return not state.outstanding and state.acked == present
