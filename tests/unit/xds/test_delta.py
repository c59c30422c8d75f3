from dataclasses import replace

from envoy.config.route.v3.route_pb2 import RouteConfiguration
from hypothesis import given
from hypothesis import strategies as st

from meshrig.xds.delta import DeltaStream
from meshrig.xds.references import CLUSTER, ENDPOINT, LISTENER, ROUTE
from meshrig.xds.snapshot import ORDER, Snapshot
from meshrig.xds.subscription import Update
from tests.unit.xds.fake_client import FakeClient
from tests.unit.xds.resources import cluster, endpoints, listener, snapshot

SNAPSHOTS = st.lists(
    st.tuples(st.dictionaries(st.sampled_from("abcd"), st.integers(0, 2)), st.integers(0, 1), st.booleans()),
    min_size=1,
    max_size=6,
)


def connected(poisoned: frozenset[str] = frozenset()) -> FakeClient:
    client = FakeClient(poisoned=poisoned)
    client.connect()
    return client


def sent(updates: list[Update]) -> list[tuple[str, tuple[str, ...], tuple[str, ...]]]:
    return [(u.type_url, tuple(r.name for r in u.resources), u.removed) for u in updates]


@given(SNAPSHOTS)
def test_a_client_ends_with_the_last_snapshot_and_never_points_at_a_missing_cluster(
    steps: list[tuple[dict[str, int], int, bool]],
) -> None:
    client = connected()
    for targets, endpoint_version, reconnects in steps:
        if reconnects:
            client.connect()
        wanted = snapshot(targets, endpoint_version)
        client.run(wanted)
        assert client.has == wanted.resources
        assert client.stream.is_synced(wanted)


@given(SNAPSHOTS, st.frozensets(st.sampled_from(["a", "on-b", "to-c", "d"]), min_size=1))
def test_refusals_never_loop_and_the_rest_is_taken(
    steps: list[tuple[dict[str, int], int, bool]], poisoned: frozenset[str]
) -> None:
    client = connected(poisoned)
    for targets, endpoint_version, _ in steps:
        wanted = snapshot(targets, endpoint_version)
        client.run(wanted)
        assert set(targets) - poisoned <= client.names(CLUSTER)
        assert client.stream.refuses(wanted) == bool(poisoned & {n for of in wanted.resources.values() for n in of})
        assert client.run(wanted) == []


def test_an_empty_snapshot_is_answered_once_so_that_envoy_can_start() -> None:
    client = connected()
    first = client.stream.next_updates(Snapshot())
    assert sent(first) == [(CLUSTER, (), ())]
    for update in first:
        client.stream.acknowledge(update.type_url, update.nonce, accepted=True)
    assert sent(client.run(Snapshot())) == [(LISTENER, (), ())]
    assert client.run(Snapshot()) == []


def test_only_what_changed_is_sent() -> None:
    client = connected()
    before = snapshot({"a": 0, "b": 0})
    client.run(before)
    routes = {**before.routes, "to-a": RouteConfiguration(name="to-a", internal_only_headers=["new"])}
    after = Snapshot(before.listeners, before.clusters, before.endpoints, routes)
    assert sent(client.run(after)) == [(ROUTE, ("to-a",), ())]


def test_a_reconnecting_client_is_sent_nothing_it_has() -> None:
    client = connected()
    client.run(snapshot({"a": 0}))
    client.connect()
    assert client.run(snapshot({"a": 0})) == []
    assert client.stream.is_synced(snapshot({"a": 0}))


def test_a_changed_cluster_has_its_unchanged_endpoints_announced_again() -> None:
    client = connected()
    before = snapshot({"a": 0, "b": 0})
    client.run(before)
    after = Snapshot(before.listeners, {**before.clusters, "a": cluster("a", 5)}, before.endpoints, before.routes)
    assert sent(client.run(after)) == [(CLUSTER, ("a",), ()), (ENDPOINT, ("a",), ())]


def test_clusters_go_after_what_referred_to_them() -> None:
    client = connected()
    client.run(snapshot({"a": 0, "b": 0}))
    updates = sent(client.run(snapshot({"a": 0})))
    assert updates.index((LISTENER, (), ("on-b",))) < updates.index((CLUSTER, (), ("b",)))


def test_one_bad_resource_of_several_is_found_and_the_others_are_served() -> None:
    client = connected(frozenset({"b"}))
    wanted = snapshot({"a": 0, "b": 0, "c": 0})
    updates = [u for u in sent(client.run(wanted)) if u[0] == CLUSTER]
    assert updates == [(CLUSTER, names, ()) for names in (("a", "b", "c"), ("a",), ("b",), ("c",))]
    assert client.names(CLUSTER) == {"a", "c"}
    assert client.stream.refuses(wanted)


def test_routes_in_use_stay_while_a_new_cluster_is_refused() -> None:
    client = connected(frozenset({"b"}))
    before = snapshot({"a": 0})
    client.run(before)
    routes = {"to-a": RouteConfiguration(name="to-a", internal_only_headers=["now to b"])}
    clusters = {**before.clusters, "b": cluster("b")}
    after = Snapshot(before.listeners, clusters, {**before.endpoints, "b": endpoints("b")}, routes)
    client.run(after)
    assert client.has[ROUTE] == before.resources[ROUTE]


def test_going_back_after_a_refusal_needs_no_update() -> None:
    client = connected()
    client.run(snapshot({"a": 0}))
    client.poisoned = frozenset({"on-a"})
    bad = replace(snapshot({"a": 0}), listeners={"on-a": listener("on-a", "to-a", 9)})
    client.run(bad)
    assert client.stream.refuses(bad)
    assert client.run(snapshot({"a": 0})) == []
    assert client.stream.is_synced(snapshot({"a": 0}))


def test_a_name_that_does_not_exist_is_answered_once() -> None:
    stream = DeltaStream()
    stream.subscribe(ENDPOINT, ["nowhere"], (), {})
    (update,) = stream.next_updates(Snapshot())
    assert update.removed == ("nowhere",)
    stream.acknowledge(ENDPOINT, update.nonce, accepted=True)
    assert stream.next_updates(Snapshot()) == []


def test_a_name_asked_for_again_is_answered_again() -> None:
    client = connected()
    wanted = snapshot({"a": 0})
    client.run(wanted)
    client.stream.subscribe(ENDPOINT, ["a"], (), {})
    assert sent(client.run(wanted)) == [(ENDPOINT, ("a",), ())]


def test_an_answer_to_an_unknown_nonce_is_none() -> None:
    assert all(DeltaStream().acknowledge(url, "7", accepted=False) is None for url in ORDER)
