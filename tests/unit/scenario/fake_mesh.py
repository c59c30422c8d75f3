"""A mesh that answers as it is told."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field

from meshrig.scenario.attempt import Attempt, Outcome
from meshrig.scenario.context import Targets

REFUSED = Outcome("refused", "connection closed")
ANSWERED = Outcome("answered", "HTTP 200")


@dataclass
class FakeMesh:
    """The same targets for every virtual node; ``answer``: what a dial comes to; ``counts``: one for each reading."""

    targets_of_all: Targets
    answer: Callable[[Attempt], Outcome] = lambda _: REFUSED
    counts: Iterator[int] = field(default_factory=lambda: iter(range(1000)))
    dialled: list[Attempt] = field(default_factory=list)

    async def targets(self, virtual_node: str) -> Targets:  # noqa: ARG002
        return self.targets_of_all

    async def dial(self, attempts: Sequence[Attempt]) -> tuple[Outcome, ...]:
        self.dialled += attempts
        return tuple(self.answer(attempt) for attempt in attempts)

    async def counter(self, virtual_node: str, counter: str) -> int:  # noqa: ARG002
        return next(self.counts)
