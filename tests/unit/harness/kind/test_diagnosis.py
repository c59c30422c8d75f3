import json
from pathlib import Path
from typing import Any

import pytest

from meshrig.harness.kind.diagnosis import explain_rollout
from meshrig.runtime.kind.kubectl import Kubectl
from tests.unit.fake_run import FakeRun

DEPLOYMENT = {"spec": {"selector": {"matchLabels": {"app": "users"}}}}


def explained(*pods: dict[str, Any], events: tuple[dict[str, Any], ...] = ()) -> tuple[str, ...]:
    run = FakeRun(
        {
            "* get deployment users --namespace shop *": json.dumps(DEPLOYMENT),
            "* get pods --namespace shop --selector app=users *": json.dumps({"items": list(pods)}),
            "* get events --namespace shop *": json.dumps({"items": list(events)}),
        }
    )
    return explain_rollout(Kubectl(run, Path("kubeconfig")), "shop", "users")


def pod(**status: Any) -> dict[str, Any]:
    return {"metadata": {"name": "users-1"}, "status": status}


def container(**fields: Any) -> dict[str, Any]:
    return {"containerStatuses": [{"name": "users", "ready": False, **fields}]}


@pytest.mark.parametrize(
    ("status", "told"),
    [
        (
            container(state={"waiting": {"reason": "ErrImagePull", "message": "not found"}}),
            "pod users-1, container users: ErrImagePull: not found",
        ),
        (
            container(
                state={"waiting": {"reason": "CrashLoopBackOff", "message": "back-off 10s"}},
                lastState={"terminated": {"exitCode": 3, "reason": "Error"}},
            ),
            "pod users-1, container users: CrashLoopBackOff: back-off 10s, ended before with exit code 3 (Error)",
        ),
        (
            container(state={"running": {}}),
            "pod users-1, container users: runs, but its probe does not succeed",
        ),
        (
            {"conditions": [{"type": "PodScheduled", "status": "False", "message": "0/1 nodes: Insufficient cpu"}]},
            "pod users-1 is not scheduled: 0/1 nodes: Insufficient cpu",
        ),
        (
            {"initContainerStatuses": [{"name": "redirect", "state": {"terminated": {"exitCode": 1}}}]},
            "pod users-1, container redirect: ended with exit code 1 ()",
        ),
    ],
)
def test_a_pod_says_what_is_wrong_with_it(status: dict[str, Any], told: str) -> None:
    assert explained(pod(**status)) == (told,)


@pytest.mark.parametrize(
    "status",
    [
        {"containerStatuses": [{"name": "users", "ready": True, "state": {"running": {}}}]},
        container(state={"waiting": {"reason": "ContainerCreating"}}),
        {"initContainerStatuses": [{"name": "redirect", "ready": True, "state": {"terminated": {"exitCode": 0}}}]},
        {},
    ],
)
def test_a_pod_that_is_well_or_on_its_way_says_nothing(status: dict[str, Any]) -> None:
    assert explained(pod(**status)) == ()


def test_pods_that_were_refused_are_told_by_events_of_this_deployment_alone() -> None:
    events = tuple(
        {"involvedObject": {"name": f"{name}-5f"}, "message": f"{name}: in no virtual node"}
        for name in ("users", "orders")
    )
    assert explained(events=events) == ("users: in no virtual node",)
