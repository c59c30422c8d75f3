"""A client of the incremental protocol that keeps what it gets, asks for what that refers to, checks the order."""

from dataclasses import dataclass, field

from meshrig.xds.delta import DeltaStream
from meshrig.xds.references import CLUSTER, ENDPOINT, LISTENER, ROUTE
from meshrig.xds.snapshot import ORDER, Resource, Snapshot
from meshrig.xds.subscription import Update


@dataclass
class FakeClient:
    """``poisoned``: names (of any type) it refuses; ``received``: every update, in order."""

    stream: DeltaStream = field(default_factory=DeltaStream)
    has: dict[str, dict[str, Resource]] = field(default_factory=lambda: {url: {} for url in ORDER})
    asked: dict[str, set[str]] = field(default_factory=lambda: {url: set() for url in ORDER})
    poisoned: frozenset[str] = frozenset()
    received: list[Update] = field(default_factory=list)

    def connect(self) -> None:
        """On a new stream, with the versions it has."""
        self.stream = DeltaStream()
        for url in ORDER:
            versions = {name: resource.version for name, resource in self.has[url].items()}
            if url in (CLUSTER, LISTENER) or self.asked[url]:
                self.stream.subscribe(url, self.asked[url], (), versions)

    def run(self, snapshot: Snapshot) -> list[Update]:
        """Exchange messages until both sides are silent; returns what was sent."""
        sent: list[Update] = []
        while updates := self.stream.next_updates(snapshot):
            assert len(sent) < 100, "the server goes on for ever"
            sent += updates
            for update in updates:
                self._take(update)
        self.received += sent
        return sent

    def names(self, url: str) -> set[str]:
        return set(self.has[url])

    def _take(self, update: Update) -> None:
        good = [resource for resource in update.resources if resource.name not in self.poisoned]
        self.has[update.type_url] |= {resource.name: resource for resource in good}
        for name in update.removed:
            self.has[update.type_url].pop(name, None)
        self._check_references()
        self.stream.acknowledge(update.type_url, update.nonce, accepted=len(good) == len(update.resources))
        self._ask()

    def _ask(self) -> None:
        for url in (ENDPOINT, ROUTE):
            owner = CLUSTER if url == ENDPOINT else LISTENER
            wanted = {name for r in self.has[owner].values() for of, name in r.references if of == url}
            new, old = wanted - self.asked[url], self.asked[url] - wanted
            self.asked[url] = wanted
            for name in old:
                self.has[url].pop(name, None)
            if new or old:
                self.stream.subscribe(url, new, old, {})

    def _check_references(self) -> None:
        """Routes are named after the cluster they point at."""
        for name in self.has[ROUTE]:
            target = name.removeprefix("to-")
            assert target in self.has[CLUSTER] or target in self.poisoned, f"no cluster {target}"
            assert target in self.has[ENDPOINT] or target in self.poisoned, f"cluster {target} is cold"
