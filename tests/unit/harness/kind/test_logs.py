import json

import pytest

from meshrig.errors import MeshrigError
from meshrig.harness.kind.logs import log_command
from tests.unit.fake_run import FakeRun
from tests.unit.harness.kind.small_system import Machine

OBJECTS = {
    "items": [
        {"kind": "Deployment", "metadata": {"name": "users", "namespace": "shop"}},
        {"kind": "Deployment", "metadata": {"name": "coredns", "namespace": "kube-system"}},
        {"kind": "Pod", "metadata": {"name": "users-1-abc", "namespace": "shop"}},
    ]
}


@pytest.fixture
def run(machine: Machine) -> FakeRun:
    (machine.project.parent / ".meshrig" / "kind" / "name").write_text("shop")
    return machine.run({"kubectl * get deployments,pods *": json.dumps(OBJECTS)})


def command(machine: Machine, run: FakeRun, name: str, lines: int = 5, *, follow: bool = False) -> str:
    found = log_command(machine.project, name, lines, follow=follow, run=run)
    assert found is not None
    return " ".join(found)


def test_a_container_of_compose(machine: Machine, run: FakeRun) -> None:
    assert command(machine, run, "edge") == "docker logs --tail=5 meshrig-shop-edge-1"
    assert command(machine, run, "edge", -1, follow=True) == "docker logs --tail=all --follow meshrig-shop-edge-1"


def test_a_deployment_a_pod_and_a_sidecar(machine: Machine, run: FakeRun) -> None:
    assert " logs deployment/users --namespace shop --all-pods --prefix --tail=5" in command(machine, run, "users")
    assert " logs pod/users-1-abc --namespace shop --tail=-1" in command(machine, run, "users-1-abc", -1)
    assert " logs pod/users-1-abc --namespace shop --container envoy" in command(machine, run, "users-1-abc-envoy")


def test_a_name_that_is_not_there_is_told_with_those_that_are(machine: Machine, run: FakeRun) -> None:
    with pytest.raises(MeshrigError, match="no log of nobody") as caught:
        command(machine, run, "nobody")
    assert "edge, localstack, meshrig, registry, users, any pod" in caught.value.hint


def test_nothing_where_there_was_no_run(machine: Machine) -> None:
    assert log_command(machine.project, "users", 5, follow=False, run=FakeRun()) is None
