import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import pytest

from meshrig.errors import MeshrigError
from meshrig.scenario.attempt import Attempt, Outcome
from meshrig.scenario.cluster import ClusterAccess
from meshrig.scenario.context import Target
from meshrig.scenario.probe_messages import PemCertificate
from tests.unit.scenario.cluster_json import listing, node, pod, service

STATS = "listener.0.0.0.0_15000.ssl.handshake: {}\nlistener.0.0.0.0_15020.ssl.handshake: 50\n"


@dataclass
class FakeKubectl:
    """``objects``: what get prints, by resource; ``replies``: what the prober prints."""

    objects: Mapping[str, str] = field(default_factory=dict)
    replies: str = "[]"
    calls: list[str] = field(default_factory=list)
    sent: list[Any] = field(default_factory=list)

    def __call__(self, arguments: Sequence[str], stdin: str = "") -> str:
        self.calls.append(" ".join(arguments))
        if arguments[0] == "get":
            return self.objects[arguments[1]]
        self.sent.append(json.loads(stdin))
        return self.replies


async def test_the_prober_runs_in_the_control_plane_and_gets_keys_by_standard_input_only() -> None:
    kubectl = FakeKubectl(replies='[{"id": "0", "kind": "refused", "detail": "d"}]')
    attempt = Attempt("10.244.0.7", 8080, certificate=PemCertificate("CHAIN", "SECRET"))
    assert await ClusterAccess(kubectl).dial([attempt]) == (Outcome("refused", "d"),)
    assert kubectl.calls == ["exec -i -n meshrig-system deploy/meshrig -- meshrig probe"]
    assert kubectl.sent[0][0]["tls"] == {"cert_pem": "CHAIN", "key_pem": "SECRET"}
    assert "SECRET" not in repr(attempt)


async def test_outcomes_come_in_the_order_of_the_attempts() -> None:
    replies = '[{"id": "1", "kind": "silent", "detail": "b"}, {"id": "0", "kind": "answered", "detail": "a"}]'
    found = await ClusterAccess(FakeKubectl(replies=replies)).dial([Attempt("a", 1), Attempt("b", 2)])
    assert found == (Outcome("answered", "a"), Outcome("silent", "b"))


async def test_nothing_to_dial_calls_nobody() -> None:
    kubectl = FakeKubectl()
    assert await ClusterAccess(kubectl).dial([]) == ()
    assert kubectl.calls == []


@pytest.mark.parametrize(
    "replies",
    ["", "[]", "{}", '[{"id": "0"}]', '[{"id": "0", "status": 200, "body": ""}]', '[{"id": "0", "kind": "x"}]'],
)
async def test_a_prober_that_speaks_otherwise_is_said(replies: str) -> None:
    with pytest.raises(MeshrigError, match="not understood"):
        await ClusterAccess(FakeKubectl(replies=replies)).dial([Attempt("a", 1)])


async def test_a_counter_is_that_of_all_injected_pods_together() -> None:
    pods = listing(
        pod("users-0"),
        pod("users-1", ip="fd00::8"),
        pod("bare", annotations={"meshrig.io/virtual-node": "users"}),
        pod("orders-0", "orders"),
    )
    replies = json.dumps([{"id": str(i), "status": 200, "body": STATS.format(3 + i)} for i in range(2)])
    kubectl = FakeKubectl({"pods": pods}, replies)
    assert await ClusterAccess(kubectl).counter("users", "ssl.handshake") == 7
    assert [probe["get"].partition("/stats")[0] for probe in kubectl.sent[0]] == [
        "http://10.244.0.7:15020",
        "http://[fd00::8]:15020",
    ]


async def test_a_sidecar_without_statistics_is_named() -> None:
    replies = '[{"id": "0", "status": 0, "body": "no answer in time"}]'
    kubectl = FakeKubectl({"pods": listing(pod("users-0"))}, replies)
    with pytest.raises(MeshrigError, match="sidecar of pod shop/users-0 does not answer: no answer in time"):
        await ClusterAccess(kubectl).counter("users", "ssl.handshake")


async def test_targets_come_from_pods_services_and_nodes() -> None:
    http = {"port": 80, "nodePort": 30081}
    kubectl = FakeKubectl(
        {
            "pods": listing(pod("users-0")),
            "services": listing(service({"app": "users"}, "10.96.0.1", http)),
            "nodes": listing(node("172.18.0.2")),
        }
    )
    assert (await ClusterAccess(kubectl).targets("users")).addresses == (
        Target("pod_ip", "10.244.0.7", 8080),
        Target("cluster_ip", "10.96.0.1", 80),
        Target("node_port", "172.18.0.2", 30081),
    )


async def test_an_absent_virtual_node_names_those_that_run() -> None:
    kubectl = FakeKubectl({"pods": listing(pod("orders-0", "orders"))})
    with pytest.raises(MeshrigError, match="no pod of users runs; running are: orders"):
        await ClusterAccess(kubectl).targets("users")


async def test_without_a_sidecar_there_is_no_counter() -> None:
    bare = pod("users-0", annotations={"meshrig.io/virtual-node": "users", "meshrig.io/injected": "false"})
    with pytest.raises(MeshrigError, match="no pod of users has an injected sidecar"):
        await ClusterAccess(FakeKubectl({"pods": listing(bare)})).counter("users", "ssl.handshake")
