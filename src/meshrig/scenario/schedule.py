"""When each request of a load is due, fixed before the first is sent."""

from dataclasses import dataclass

from meshrig.scenario.definition import Load

# A schedule is made whole in memory; more than this is a slip of the pen.
MOST_REQUESTS = 200_000


@dataclass(frozen=True, slots=True)
class Burst:
    """``size`` requests due at once, ``at`` seconds after the load began; ``number`` counts from 0."""

    number: int
    at: float
    size: int


def plan_bursts(load: Load) -> tuple[Burst, ...]:
    """Every burst of the load, in order; times are multiples, not sums, so that no error adds up."""
    count = round(load.duration / load.every)
    return tuple(Burst(number, number * load.every, load.size) for number in range(count))
