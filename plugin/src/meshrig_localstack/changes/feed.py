"""A bounded, revisioned log of changes that readers can wait on. Knows nothing of HTTP or LocalStack."""

import threading
import uuid
from collections import deque
from collections.abc import Sequence
from dataclasses import asdict, dataclass

MAX_HISTORY = 1000
MAX_WAITERS = 64


class TooManyWaitersError(Exception):
    """As many readers as allowed are waiting already."""


@dataclass(frozen=True)
class Change:
    """One successful mutating AWS call; ``time`` is RFC 3339 in UTC."""

    revision: int
    service: str
    operation: str
    region: str
    account: str
    time: str


@dataclass(frozen=True)
class Answer:
    """What a reader gets: the feed's revision, and the changes after the one it asked from.

    ``truncated``: older changes than those listed were dropped, so the reader must read everything anew.
    """

    instance: str
    revision: int
    changes: Sequence[Change]
    truncated: bool

    def to_json(self) -> dict[str, object]:
        """The JSON answer of ``GET /_meshrig/changes``."""
        changes = [asdict(change) for change in self.changes]
        answer: dict[str, object] = {"instance": self.instance, "revision": self.revision, "changes": changes}
        return {**answer, "truncated": True} if self.truncated else answer


class ChangeFeed:
    """The log of one LocalStack run; ``instance`` is new with every run, revisions start at 1. Thread-safe."""

    def __init__(self, max_history: int = MAX_HISTORY, max_waiters: int = MAX_WAITERS) -> None:
        self.instance = str(uuid.uuid4())
        self._history: deque[Change] = deque(maxlen=max_history)
        self._revision = 0
        self._waiters = 0
        self._max_waiters = max_waiters
        self._closed = False
        self._changed = threading.Condition()

    def record(self, service: str, operation: str, region: str, account: str, time: str) -> None:
        """Appends a change and wakes all waiting readers."""
        with self._changed:
            self._revision += 1
            self._history.append(Change(self._revision, service, operation, region, account, time))
            self._changed.notify_all()

    def wait(self, since: int, instance: str | None, timeout: float) -> Answer:
        """The changes after revision ``since``; blocks up to ``timeout`` seconds for the first one.

        Does not block when ``instance`` is another run's or ``since`` lies in the future: the reader must start anew,
        which it sees by the answer's instance or revision. TooManyWaitersError when it would have to block and may not.
        """
        with self._changed:
            if not self._answerable(since, instance):
                self._block(since, timeout)
            return self._answer(since)

    def close(self) -> None:
        """Answers all waiting readers now, and all later ones at once."""
        with self._changed:
            self._closed = True
            self._changed.notify_all()

    def _answerable(self, since: int, instance: str | None) -> bool:
        return self._closed or self._revision != since or instance not in (None, self.instance)

    def _block(self, since: int, timeout: float) -> None:
        if self._waiters >= self._max_waiters:
            raise TooManyWaitersError(f"{self._waiters} readers are waiting, which is the limit")
        self._waiters += 1
        try:
            self._changed.wait_for(lambda: self._answerable(since, None), timeout)
        finally:
            self._waiters -= 1

    def _answer(self, since: int) -> Answer:
        changes = tuple(change for change in self._history if change.revision > since)
        return Answer(self.instance, self._revision, changes, truncated=len(changes) < self._revision - since)
