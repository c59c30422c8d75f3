import pytest

from meshrig.errors import MeshrigError
from meshrig.scenario.envoy_counters import read_counter, sum_listeners, wait_until_risen
from meshrig.scenario.http import Answer

STATS = """\
cluster.cds_egress_shop_users_http_8080.ssl.fail_verify_error: 5
listener.0.0.0.0_15000.ssl.fail_verify_error: 2
listener.127.0.0.2_15000.ssl.fail_verify_error: 1
listener.0.0.0.0_15000.ssl.handshake: 7
listener.0.0.0.0_15000.downstream_cx_length_ms: P0(nan,1.0) P25(nan,1.0)
listener.admin.ssl.handshake: 9
"""


def test_adds_up_listeners_but_not_clusters() -> None:
    assert sum_listeners(STATS, "ssl.fail_verify_error") == 3


def test_leaves_out_the_admin() -> None:
    assert sum_listeners(STATS, "ssl.handshake") == 7


def test_takes_whole_words_only() -> None:
    assert sum_listeners(STATS, "verify_error") == 0


def test_what_has_not_counted_yet_is_0() -> None:
    assert sum_listeners(STATS, "ssl.fail_verify_san") == 0
    assert sum_listeners(STATS, "downstream_cx_length_ms") == 0


def test_leaves_out_the_port_of_the_probes() -> None:
    """Reading there counts there: a counter would rise by itself."""
    assert sum_listeners(STATS + "listener.0.0.0.0_15020.ssl.handshake: 4\n", "ssl.handshake") == 7


@pytest.mark.parametrize(
    ("answer", "message"),
    [(Answer(0, b"no answer in time"), "users does not answer: no answer in time"), (Answer(503, b""), "status 503")],
)
def test_anything_but_statistics_is_said(answer: Answer, message: str) -> None:
    with pytest.raises(MeshrigError, match=message):
        read_counter(answer, "ssl.handshake", "users")


async def test_waits_until_a_counter_has_risen_or_time_is_over() -> None:
    readings = iter([3, 3, 4, 9])

    async def read() -> int:
        return next(readings)

    assert await wait_until_risen(read, 3) == 4
    assert await wait_until_risen(read, 9, timeout=0.0) == 9
