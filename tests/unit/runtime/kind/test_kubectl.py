import json
from pathlib import Path

import pytest
import yaml

from meshrig.runtime.kind.kubectl import Kubectl, ObjectKey, object_key
from meshrig.shell import CommandError
from tests.unit.fake_run import FakeRun, failing

SERVICE = {"apiVersion": "v1", "kind": "Service", "metadata": {"name": "users", "namespace": "shop"}}
DEPLOYMENT = {"apiVersion": "apps/v1", "kind": "Deployment", "metadata": {"name": "users"}}


def kubectl(run: FakeRun) -> Kubectl:
    return Kubectl(run, Path("/k"))


def test_objects_are_applied_from_standard_input() -> None:
    run = FakeRun({"kubectl --kubeconfig /k apply --filename -": "", "*--server-side --force-conflicts*": ""})
    kubectl(run).apply([SERVICE, DEPLOYMENT], what="applying")
    kubectl(run).apply([SERVICE], what="applying", server_side=True)
    first, second = run.calls
    assert list(yaml.safe_load_all(first.stdin or "")) == [SERVICE, DEPLOYMENT]
    assert "--server-side" in second.argv


def test_what_the_api_server_says_is_passed_on() -> None:
    with pytest.raises(CommandError, match="namespaces shop not found"):
        kubectl(FakeRun({"*": failing("namespaces shop not found")})).apply([SERVICE], what="applying")


def test_objects_are_removed_without_waiting_for_them() -> None:
    run = FakeRun({"*": ""})
    kubectl(run).delete([object_key(SERVICE), object_key(DEPLOYMENT)])
    assert run.lines("*") == [
        "kubectl --kubeconfig /k delete Service users --namespace shop --ignore-not-found --wait=false",
        "kubectl --kubeconfig /k delete Deployment.apps users --ignore-not-found --wait=false",
    ]


def test_an_object_is_known_by_kind_group_namespace_and_name() -> None:
    assert object_key(DEPLOYMENT) == ObjectKey("Deployment.apps", "", "users")


def test_answers_are_json() -> None:
    run = FakeRun({"kubectl --kubeconfig /k get pods --output json": json.dumps({"items": [1]})})
    assert kubectl(run).get("pods") == {"items": [1]}


def test_a_rollout_is_waited_for() -> None:
    run = FakeRun({"*": ""})
    kubectl(run).wait_rollout("shop", "users", 180)
    assert run.lines("*") == ["kubectl --kubeconfig /k rollout status deployment/users --namespace shop --timeout=180s"]
