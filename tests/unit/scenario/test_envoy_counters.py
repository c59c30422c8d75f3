from meshrig.scenario.envoy_counters import sum_listeners

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
