import pytest
from hypothesis import given
from hypothesis import strategies as st

from meshrig.scenario.token_bucket import admitted


@pytest.mark.parametrize(
    ("arrivals", "rate", "burst", "expected"),
    [
        ([n / 150 for n in range(2250)], 100, 20, 1519),
        ([0.0] * 25, 100, 20, 20),
        ([0.0] * 20 + [0.3] * 20, 10, 5, 8),
        ([0.0] * 20 + [2.0] * 20, 10, 5, 10),
        ([n / 20 for n in range(200)], 10, 5, 104),
        ([], 10, 5, 0),
    ],
)
def test_worked_numbers(arrivals: list[float], rate: float, burst: int, expected: int) -> None:
    assert admitted(arrivals, rate, burst) == expected


@given(st.lists(st.floats(0, 100), max_size=300), st.floats(0.1, 500), st.integers(1, 50))
def test_never_more_than_the_burst_and_the_refill(arrivals: list[float], rate: float, burst: int) -> None:
    arrivals.sort()
    span = arrivals[-1] - arrivals[0] if arrivals else 0.0
    passed = admitted(arrivals, rate, burst)
    assert passed <= burst + rate * span + 1e-6
    assert passed >= min(len(arrivals), burst)
