import pytest

from tests.unit.inject.pods import container, injected, pod, sidecar_of


def test_the_application_serves_until_clients_know() -> None:
    assert injected(pod())["spec"]["containers"][0]["lifecycle"] == {"preStop": {"sleep": {"seconds": 5}}}


def test_its_own_hook_stays() -> None:
    own = {"preStop": {"exec": {"command": ["quiet"]}}}
    assert injected(pod(container(lifecycle=own)))["spec"]["containers"][0]["lifecycle"] == own


@pytest.mark.parametrize(
    ("given", "grace"),
    [(pod(), 30), (pod(terminationGracePeriodSeconds=300), 300), (pod(terminationGracePeriodSeconds=0), 15)],
)
def test_there_is_time_to_finish(given: dict[str, object], grace: int) -> None:
    out = injected(given)
    assert out["spec"]["terminationGracePeriodSeconds"] == grace
    args = sidecar_of(out)["args"]
    assert args[args.index("--drain-time-s") + 1] == str(grace), "Envoy listens for as long as the pod may live"


def test_a_long_hook_gets_its_time() -> None:
    long = container(lifecycle={"preStop": {"sleep": {"seconds": 60}}})
    assert injected(pod(long))["spec"]["terminationGracePeriodSeconds"] == 70
