"""What one client has, and was told, of one resource type on an incremental stream."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from meshrig.xds.snapshot import Resource

_ALL = "*"


@dataclass(frozen=True)
class Update:
    """One response to send: changed resources and the names that are gone."""

    type_url: str
    nonce: str
    resources: tuple[Resource, ...]
    removed: tuple[str, ...]

    @property
    def is_single(self) -> bool:
        """Whether a refusal of it can only mean its one resource (or only its removals)."""
        return len(self.resources) + bool(self.removed) <= 1


@dataclass
class Subscription:
    """``held``: name -> version the client has or is being sent; ``acked``: what it confirmed; ``rejected``: what it
    refused by itself; ``suspects``: what was in a refused update of several and now goes alone, so that the client
    names the culprit and takes the rest; ``absent``: names it was told don't exist; ``answered``: something was
    sent."""

    type_url: str
    implies_all: bool
    subscribed: set[str] = field(default_factory=set)
    wildcard: bool = False
    started: bool = False
    answered: bool = False
    held: dict[str, str] = field(default_factory=dict)
    acked: dict[str, str] = field(default_factory=dict)
    rejected: dict[str, str] = field(default_factory=dict)
    suspects: dict[str, str] = field(default_factory=dict)
    absent: set[str] = field(default_factory=set)
    outstanding: dict[str, Update] = field(default_factory=dict)

    def wants(self, name: str) -> bool:
        return self.wildcard or name in self.subscribed

    def has_answered(self, name: str) -> bool:
        """Whether the client, asking for this name, has heard of it."""
        return self.wants(name) and (name in self.held or name in self.absent or name in self.rejected)

    def subscribe(self, names: frozenset[str], unsubscribe: frozenset[str], initial: Mapping[str, str]) -> None:
        """A first request of listeners or clusters without a name means all of them."""
        first, self.started = not self.started, True
        if first:
            self.held |= initial
            self.acked |= initial
        if _ALL in names or (first and not names and self.implies_all):
            self.wildcard = True
        self.wildcard = self.wildcard and _ALL not in unsubscribe
        self.subscribed |= names - {_ALL}
        self.subscribed -= unsubscribe
        for name in unsubscribe:
            self.acked.pop(name, None)
        # A name asked for anew is answered anew, even if its version is known: the client may have dropped it.
        for name in unsubscribe if first else unsubscribe | names:
            self.forget(name)

    def forget(self, name: str) -> None:
        """Make the next update carry this name, whatever the client was sent before."""
        for known in (self.held, self.rejected, self.suspects):
            known.pop(name, None)
        self.absent.discard(name)

    def changed(self, resources: Mapping[str, Resource]) -> list[Resource]:
        """What the client wants, does not have and has not refused."""
        return [
            resource
            for name, resource in resources.items()
            if self.wants(name) and resource.version not in (self.held.get(name), self.rejected.get(name))
        ]

    def removed(self, resources: Mapping[str, Resource], *, gone: bool) -> tuple[str, ...]:
        """Names to declare absent: those it has (if those may go now), and those it asked for that don't exist."""
        has = {name for name in self.held if name not in resources}
        unknown = self.subscribed - resources.keys() - has
        return tuple(sorted(((has if gone else set()) | unknown) - self.absent))

    def batches(
        self, changed: Iterable[Resource], removed: tuple[str, ...]
    ) -> list[tuple[tuple[Resource, ...], tuple[str, ...]]]:
        """All in one update, except that suspects go one by one, and then removals by themselves."""
        changed = tuple(changed)
        alone = tuple(r for r in changed if self.suspects.get(r.name) == r.version)
        rest = tuple(r for r in changed if r not in alone)
        if not alone:
            return [(rest, removed)] if rest or removed else []
        parts = [((), removed), *(((resource,), ()) for resource in alone), (rest, ())]
        return [(resources, names) for resources, names in parts if resources or names]

    def send(self, nonce: str, resources: tuple[Resource, ...], removed: tuple[str, ...]) -> Update:
        self.answered = True
        update = self.outstanding[nonce] = Update(self.type_url, nonce, resources, removed)
        self.held |= {resource.name: resource.version for resource in resources}
        self.absent -= {resource.name for resource in resources}
        for name in removed:
            self.held.pop(name, None)
            self.absent.add(name)
        return update

    def accept(self, nonce: str) -> Update | None:
        """The client confirmed the update of that nonce; None if there is none."""
        update = self.outstanding.pop(nonce, None)
        for resource in update.resources if update else ():
            self.suspects.pop(resource.name, None)
            self.rejected.pop(resource.name, None)
            if self.wants(resource.name):
                self.acked[resource.name] = resource.version
        for name in update.removed if update else ():
            self.acked.pop(name, None)
        return update

    def refuse(self, nonce: str) -> Update | None:
        """The client refused it. Nothing of it is sent again but, once, the parts of an update of several."""
        update = self.outstanding.pop(nonce, None)
        if update is None:
            return None
        for resource in update.resources:
            (self.rejected if update.is_single else self.suspects)[resource.name] = resource.version
            if self.held.get(resource.name) == resource.version:
                self._restore(resource.name)
        if not update.is_single:
            for name in update.removed:
                self._restore(name)
                self.absent.discard(name)
        else:
            for name in update.removed:
                self.acked.pop(name, None)
            for resource in update.resources:
                self.suspects.pop(resource.name, None)
        return update

    def _restore(self, name: str) -> None:
        """Back to what the client last confirmed."""
        self.held.pop(name, None)
        if name in self.acked:
            self.held[name] = self.acked[name]
