import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

from meshrig.errors import MeshrigError
from meshrig.runtime.kind.kubectl import Kubectl
from meshrig.runtime.kind.rollout import find_reasons, wait_ready
from tests.unit.fake_run import Answer, FakeRun, failing, in_turn

TIMED_OUT = failing("error: timed out waiting for the condition")


def pod(state: dict[str, Any], *, ready: bool = False, init: bool = False, **more: Any) -> dict[str, Any]:
    status = {"name": "users", "ready": ready, "state": state, **more}
    return {
        "metadata": {"name": "users-1"},
        "status": {
            "conditions": [{"type": "Ready", "status": "True" if ready else "False"}],
            "initContainerStatuses" if init else "containerStatuses": [status],
        },
    }


def machine(
    pods: list[dict[str, Any]], conditions: Sequence[dict[str, Any]] = (), events: Sequence[dict[str, Any]] = ()
) -> dict[str, Answer]:
    deployment = {"spec": {"selector": {"matchLabels": {"app": "users"}}}, "status": {"conditions": list(conditions)}}
    return {
        "* get deployment users --namespace shop *": json.dumps(deployment),
        "* get pods --namespace shop --selector app=users *": json.dumps({"items": pods}),
        "* get events --namespace shop *": json.dumps({"items": list(events)}),
    }


def reasons(script: dict[str, Answer]) -> list[str]:
    return [reason.text for reason in find_reasons(Kubectl(FakeRun(script), Path("/k")), "shop", "users")]


def event(pod_name: str, message: str, at: str) -> dict[str, Any]:
    return {"involvedObject": {"name": pod_name}, "message": message, "lastTimestamp": at}


@pytest.mark.parametrize(
    ("state", "more", "said"),
    [
        (
            {"waiting": {"reason": "ErrImagePull", "message": "not found"}},
            {},
            "container users: ErrImagePull not found",
        ),
        ({"waiting": {"reason": "ContainerCreating"}}, {}, None),
        ({"running": {}}, {}, "container users runs, but is not ready"),
        (
            {"terminated": {"exitCode": 3, "reason": "Error"}},
            {},
            "container users ended with exit code 3 (Error)",
        ),
        (
            {"waiting": {"reason": "CrashLoopBackOff"}},
            {"lastState": {"terminated": {"exitCode": 137, "reason": "OOMKilled"}}},
            "container users ended with exit code 137 (OOMKilled)",
        ),
    ],
)
@pytest.mark.parametrize("init", [True, False])
def test_what_a_container_waits_for(state: dict[str, Any], more: dict[str, Any], said: str | None, init: bool) -> None:
    found = reasons(machine([pod(state, init=init, **more)]))
    assert found[-1:] == ([f"pod users-1, {said}"] if said else [])


def test_a_ready_pod_and_one_that_ends_are_no_reason() -> None:
    ending = pod({"running": {}})
    ending["metadata"]["deletionTimestamp"] = "2026-01-01T00:00:00Z"
    assert reasons(machine([pod({"running": {}}, ready=True), ending])) == []


def test_a_pod_that_is_refused_or_has_no_place() -> None:
    waiting = {"metadata": {"name": "users-1"}, "status": {"conditions": [
        {"type": "PodScheduled", "status": "False", "message": "Insufficient memory"}
    ]}}  # fmt: skip
    refused = {"type": "ReplicaFailure", "status": "True", "message": "denied the request"}
    assert reasons(machine([waiting], [refused])) == [
        "no pod can be made: denied the request",
        "pod users-1 has no place: Insufficient memory",
    ]


def test_the_last_warning_of_the_pod_is_told() -> None:
    events = [
        event("users-1", "Readiness probe failed:\n503", "2026-01-01T00:00:02Z"),
        event("users-1", "Startup probe failed", "2026-01-01T00:00:01Z"),
        event("orders-1", "Back-off", "2026-01-01T00:00:03Z"),
    ]
    assert reasons(machine([pod({"running": {}})], events=events))[-1] == "pod users-1: Readiness probe failed: 503"


def test_an_api_server_that_is_away_knows_no_reason() -> None:
    assert reasons({"* get *": failing("connection refused")}) == []


def test_what_is_not_ready_yet_is_told_once_and_waited_for() -> None:
    said: list[str] = []
    script = machine([pod({"running": {}})])
    run = FakeRun({"* rollout status *": in_turn(TIMED_OUT, TIMED_OUT, ""), **script})
    wait_ready(Kubectl(run, Path("/k")), "shop", "users", 180, said.append)
    assert said == ["waiting for shop/users: pod users-1, container users runs, but is not ready"]


@pytest.mark.parametrize(
    ("answer", "state", "seconds"),
    [
        (TIMED_OUT, {"running": {}}, 5),
        (TIMED_OUT, {"waiting": {"reason": "ImagePullBackOff"}}, 180),
        (failing("exceeded its progress deadline"), {"running": {}}, 180),
    ],
    ids=["time is over", "waiting is no use", "Kubernetes gave up"],
)
def test_the_reason_and_the_log_are_in_the_error(answer: Answer, state: dict[str, Any], seconds: int) -> None:
    run = FakeRun({"* rollout status *": answer, **machine([pod(state)])})
    with pytest.raises(MeshrigError, match="shop/users does not get ready: pod users-1, container users") as caught:
        wait_ready(Kubectl(run, Path("/k")), "shop", "users", seconds, print)
    assert caught.value.log == "kubectl --kubeconfig /k logs deployment/users --namespace shop"
    assert len(run.made("* rollout status *")) == 1


def test_without_a_reason_kubectl_s_own_words_stand() -> None:
    run = FakeRun({"* rollout status *": TIMED_OUT, "* get *": failing("away")})
    with pytest.raises(MeshrigError, match="timed out waiting for the condition"):
        wait_ready(Kubectl(run, Path("/k")), "shop", "users", 1, print)
