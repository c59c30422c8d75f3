import json
from copy import deepcopy
from typing import Any

import pytest

from meshrig.errors import InvalidInputError
from meshrig.harness.kind.status import status
from tests.unit.fake_run import FakeRun, failing, missing
from tests.unit.harness.kind.small_system import POD, Machine, running


@pytest.fixture
def made(machine: Machine) -> Machine:
    """After a run."""
    (machine.project.parent / ".meshrig" / "kind" / "name").write_text("shop")
    return machine


def rows(found: dict[str, Any] | None) -> dict[str, dict[str, Any]]:
    assert found is not None
    return {row["name"]: row for row in found["processes"]}


def pod_row(made: Machine, **changes: Any) -> dict[str, Any]:
    """The row of a pod whose status has these."""
    pod = deepcopy(POD)
    pod["status"] = {**POD["status"], **changes}  # type: ignore[dict-item]
    return rows(status(made.project, made.run({"kubectl * get pods *": json.dumps({"items": [pod]})})))["shop/users-1"]


def test_containers_pods_and_where_things_answer(made: Machine) -> None:
    found = status(made.project, made.run())
    assert found is not None
    assert found["daemon"] == {"state": "up"}
    assert (found["project"], found["cluster"], found["region"]) == ("shop", "shop", "us-east-1")
    assert found["endpoint_url"] == made.aws.url
    edge = rows(found)["edge"]["ports"]["http"]
    assert found["invoke_urls"] == {"shop": f"http://127.0.0.1:{edge}/prod"}
    assert rows(found)["localstack"]["state"] == "ready"
    pod = rows(found)["shop/users-1"]
    assert (pod["kind"], pod["state"], pod["restarts"]) == ("pod", "ready", 3)


def test_why_a_pod_is_not_ready(made: Machine) -> None:
    waiting = {"ready": False, "restartCount": 4, "state": {"waiting": {"reason": "CrashLoopBackOff"}}}
    assert pod_row(made, containerStatuses=[waiting])["state"] == "CrashLoopBackOff"
    assert pod_row(made, containerStatuses=[{**waiting, "state": {"waiting": {}}}])["state"] == "running"
    fresh = pod_row(made, containerStatuses=[], initContainerStatuses=[], phase="Pending", startTime=None)
    assert (fresh["state"], "since" in fresh) == ("pending", False)


def test_kubernetes_own_pods_are_not_listed(made: Machine) -> None:
    pods = [{**POD, "metadata": {"name": "x", "namespace": each}} for each in ("kube-system", "local-path-storage")]
    found = status(made.project, made.run({"kubectl * get pods *": json.dumps({"items": pods})}))
    assert not [row for row in rows(found).values() if row["kind"] == "pod"]


def test_what_is_sick_or_away_is_shown_as_such(made: Machine) -> None:
    sick = running(["edge"]).replace("healthy", "unhealthy")
    run = made.run(
        {
            "docker compose * ps *": sick,
            "docker compose * exec *": failing("not running"),
            "kubectl * get pods *": failing("connection refused"),
        }
    )
    found = status(made.project, run)
    assert found is not None
    assert found["daemon"] == {"state": "starting"}
    assert rows(found)["edge"]["state"] == "unhealthy"
    assert rows(found)["shop-control-plane"]["state"] == "unreachable"


def test_nothing_where_nothing_runs(made: Machine) -> None:
    assert status(made.project, made.run({"docker compose * ps *": ""})) is None
    assert status(made.project, made.run({"docker version *": missing("docker")})) is None


def test_no_tool_is_looked_for_where_there_was_no_run(machine: Machine) -> None:
    assert status(machine.project, FakeRun()) is None


def test_a_wrong_project_file_is_told(made: Machine) -> None:
    made.project.write_text("project: [")
    with pytest.raises(InvalidInputError):
        status(made.project, made.run())
