from collections.abc import Callable
from typing import Any

from meshrig.scenario.attempt import Attempt, Outcome
from meshrig.scenario.bypass import check_bypass
from meshrig.scenario.context import ScenarioContext, Target, Targets
from meshrig.scenario.definition import Bypass
from meshrig.scenario.result import Check
from tests.unit.scenario.fake_mesh import ANSWERED, REFUSED, FakeMesh

EVERYWHERE = Bypass("around", "users", ("pod_ip", "cluster_ip", "node_port"), ("none", "plaintext"))
CLUSTER = Targets(
    (
        Target("pod_ip", "10.244.0.7", 8080),
        Target("pod_ip", "10.244.0.8", 8080),
        Target("cluster_ip", "10.96.0.1", 8080),
    ),
    {"node_port": "no Service of users has a NodePort"},
)


class NoAppMesh:
    def describe_virtual_node(self, **_: str) -> dict[str, Any]:
        raise AssertionError("a bypass needs no App Mesh API")


class NoCertificates:
    def issue(self, kind: str, virtual_node: str) -> Any:
        raise AssertionError(f"a bypass needs no certificate {kind} of {virtual_node}")


def context(mesh: FakeMesh) -> ScenarioContext:
    return ScenarioContext("http://api", NoAppMesh(), "shop", mesh, NoCertificates())


async def run(
    targets: Targets, answer: Callable[[Attempt], Outcome] = lambda _: REFUSED, phase: Bypass = EVERYWHERE
) -> dict[str, Check]:
    checks = await check_bypass(phase, context(FakeMesh(targets, answer)))
    return {check.what: check for check in checks}


async def test_every_address_is_dialled_by_every_client() -> None:
    mesh = FakeMesh(CLUSTER)
    checks = await check_bypass(EVERYWHERE, context(mesh))
    assert [(str(a), a.plaintext, a.certificate) for a in mesh.dialled] == [
        ("10.244.0.7:8080", False, None), ("10.244.0.8:8080", False, None),
        ("10.244.0.7:8080", True, None), ("10.244.0.8:8080", True, None),
        ("10.96.0.1:8080", False, None), ("10.96.0.1:8080", True, None),
    ]  # fmt: skip
    assert [check.verdict for check in checks] == ["ok"] * 4 + ["noted"] * 2


async def test_one_open_address_of_several_fails_the_check() -> None:
    found = await run(CLUSTER, lambda a: ANSWERED if a.plaintext and a.host == "10.244.0.8" else REFUSED)
    failed = [what for what, check in found.items() if check.verdict == "failed"]
    assert failed == ["users by pod IP, plaintext"]
    assert "10.244.0.8:8080 answered (HTTP 200)" in found[failed[0]].seen
    assert found[failed[0]].outcome == "answered, refused"


async def test_what_cannot_be_reached_proves_nothing() -> None:
    found = await run(CLUSTER, lambda _: Outcome("unreachable", "no route"))
    assert found["users by ClusterIP, plaintext"].verdict == "failed"
    silent = await run(CLUSTER, lambda _: Outcome("silent", "nothing within 5 s"))
    assert silent["users by ClusterIP, plaintext"].verdict == "failed"


async def test_an_address_that_is_not_there_is_noted_with_the_reason() -> None:
    check = (await run(CLUSTER))["users by NodePort, plaintext"]
    assert (check.verdict, check.seen) == ("noted", "not tried: no Service of users has a NodePort")


async def test_what_a_runtime_cannot_guard_is_noted_but_no_pass() -> None:
    targets = Targets((Target("pod_ip", "127.0.0.1", 1), Target("pod_ip", "127.0.0.1", 2, "no root")))
    phase = Bypass("around", "users", ("pod_ip",), ("none", "plaintext"))
    found = await run(targets, lambda a: ANSWERED if a.port == 2 else REFUSED, phase)
    assert {what: check.verdict for what, check in found.items()} == {
        "users by pod IP, no certificate": "ok",
        "users by pod IP, plaintext": "ok",
        "users behind its sidecar, plaintext": "noted",
    }
    assert "answered (HTTP 200): no root" in found["users behind its sidecar, plaintext"].seen


async def test_only_the_named_ways_and_clients_are_tried() -> None:
    found = await run(CLUSTER, phase=Bypass("around", "users", ("cluster_ip",), ("none",)))
    assert list(found) == ["users by ClusterIP, no certificate"]
