from hypothesis import given, settings
from hypothesis import strategies as st

from meshrig.scenario.token_bucket import count_admitted

ARRIVALS = st.lists(st.floats(0, 1000), min_size=1, max_size=200).map(sorted)
RATES = st.floats(0.01, 1000)


def test_150_a_second_for_15_s_through_100_with_bursts_of_20() -> None:
    assert count_admitted([n / 150 for n in range(2250)], 100, 20) == 1519


def test_bursts_of_25_a_second_apart_pass_20_each() -> None:
    assert count_admitted([float(burst) for burst in range(10) for _ in range(25)], 100, 20) == 200


def test_half_the_rate_passes_whole() -> None:
    assert count_admitted([n / 50 for n in range(500)], 100, 20) == 500


def test_the_bucket_refills_to_its_brim_only() -> None:
    assert count_admitted([0.0] * 20, 10, 5) == 5
    assert count_admitted([0.0] * 20 + [0.3] * 20, 10, 5) == 5 + 3
    assert count_admitted([0.0] * 20 + [0.3] * 20 + [2.3] * 20, 10, 5) == 5 + 3 + 5


@settings(deadline=None)
@given(ARRIVALS, RATES, st.integers(1, 50))
def test_never_admits_more_than_burst_and_refill(arrivals: list[float], rate: float, burst: int) -> None:
    assert count_admitted(arrivals, rate, burst) <= burst + rate * (arrivals[-1] - arrivals[0]) + 1e-3


@settings(deadline=None)
@given(ARRIVALS, RATES, st.integers(1, 50))
def test_admits_what_the_full_bucket_holds(arrivals: list[float], rate: float, burst: int) -> None:
    assert count_admitted(arrivals, rate, burst) >= min(len(arrivals), burst)
