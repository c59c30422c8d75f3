import fcntl
import json
from pathlib import Path
from typing import Any

import pytest
import yaml

from meshrig.errors import InvalidInputError, MeshrigError
from meshrig.harness.kind.up import up
from tests.unit.fake_run import Answer, Call, FakeRun, failing, missing
from tests.unit.harness.fake_aws import DIGEST
from tests.unit.harness.kind.small_system import Machine

REGISTRY = "000000000000.dkr.ecr.us-east-1.amazonaws.com"


def bring_up(
    machine: Machine, changes: dict[str, Answer] | None = None, *, workloads: bool = True
) -> tuple[dict[str, Any], list[str], FakeRun]:
    run, said = machine.run(changes), list[str]()
    return up(machine.project, said.append, workloads=workloads, run=run), said, run


def kept(machine: Machine) -> Path:
    return machine.project.parent / ".meshrig" / "kind"


def applied(run: FakeRun) -> list[dict[str, Any]]:
    return [each for call in run.made("kubectl * apply *") for each in yaml.safe_load_all(call.stdin or "")]


def test_from_nothing_to_a_running_system(machine: Machine) -> None:
    status, said, run = bring_up(machine)
    assert status["stack"] == {"name": "shop"}
    assert status["endpoint_url"] == machine.aws.url
    assert {"cluster shop ready (0 s)", "stack shop CREATE_COMPLETE", "1 deployments ready"} <= set(said)
    order = run.lines("kind create *", "docker compose * up *", "docker compose * exec *", "kubectl * apply *")
    assert [line.split()[0] for line in order[-3:]] == ["kubectl", "kubectl", "docker"]
    objects = applied(run)
    (deployment,) = [o for o in objects if o["kind"] == "Deployment" and o["metadata"]["namespace"] == "shop"]
    (container,) = deployment["spec"]["template"]["spec"]["containers"]
    assert container["image"] == f"{REGISTRY}/users@{DIGEST}"


def test_the_keeper_gets_all_it_needs_to_make_the_stack_again(machine: Machine) -> None:
    _, _, run = bring_up(machine)
    body = next(json.loads(call.stdin or "")["body"] for call in run.made("docker compose * exec *"))
    assert body["template_name"].endswith("stack.yaml")
    assert "AWS::EKS::Cluster" in body["template_text"]
    assert body["backing"] == {
        "endpoint": "https://127.0.0.1:6",
        "certificate_authority": "Q0E=",
        "version": "1.34",
        "node": "shop-control-plane",
    }
    assert set(body["repositories"]) == {"meshrig/control-plane", "meshrig/envoy", "meshrig/tools"}
    assert "PRIVATE KEY" in body["ca_key"]
    assert not any("PRIVATE KEY" in call.line for call in run.calls)


def test_the_control_plane_knows_every_image_by_digest_and_the_apis_by_the_network_s_names(machine: Machine) -> None:
    _, _, run = bring_up(machine)
    (settings,) = [o for o in applied(run) if o["kind"] == "ConfigMap"]
    text = json.dumps(settings["data"])
    assert "http://localstack:4566" in text
    assert f"{REGISTRY}/users@{DIGEST}" in text
    assert f"{REGISTRY}/meshrig/tools@{DIGEST}" in text
    assert f"{REGISTRY}/meshrig/envoy@{DIGEST}" in text
    (apply, _) = run.made("kubectl * apply *")
    assert "--server-side" in apply.argv


def test_the_cluster_is_made_of_the_user_s_file_and_ours(machine: Machine) -> None:
    _, _, run = bring_up(machine)
    config = yaml.safe_load((kept(machine) / "cluster.yaml").read_text())
    assert config["name"] == "shop"
    assert config["nodes"][0]["extraPortMappings"][0]["containerPort"] == 30080
    ecr = json.loads((kept(machine) / "ports.json").read_text())["ecr"]
    for registry in (REGISTRY, f"localhost:{ecr}"):
        hosts = (kept(machine) / "node" / "certs.d" / registry / "hosts.toml").read_text()
        assert "http://localstack:4510" in hosts
    assert len(run.made("kind create *")) == 1


def test_a_second_time_what_is_there_stays(machine: Machine) -> None:
    bring_up(machine)
    there: dict[str, Answer] = {
        "kind get clusters": "shop\n",
        "kind get nodes *": "shop-control-plane\n",
        "kind export kubeconfig *": "",
        "docker start *": "",
        "kubectl * get nodes *": json.dumps(
            {"items": [{"status": {"conditions": [{"type": "Ready", "status": "True"}]}}]}
        ),
        "docker image inspect *": "[]",
    }
    _, said, run = bring_up(machine, there)
    assert not run.lines("kind create *", "kind delete *", "docker build *", "docker push *")
    assert not [line for line in said if line.startswith("cluster")]

    # Another CA: the API server would trust the old one for ever.
    for file in (machine.project.parent / ".meshrig" / "ca").glob("ca.*"):
        file.unlink()
    _, said, run = bring_up(machine, there)
    assert len(run.made("kind delete *")) == len(run.made("kind create *")) == 1


def test_no_other_up_can_be_at_work_here_meanwhile(machine: Machine) -> None:
    turns = []

    def look(_: Call) -> str:
        with (machine.project.parent / ".meshrig" / "up.lock").open() as file:
            try:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                turns.append("ours")
        return ""

    bring_up(machine, {"docker compose * up *": look})
    assert turns == ["ours"]


def test_without_workloads_images_and_manifests_are_left_to_somebody_else(machine: Machine) -> None:
    _, _, run = bring_up(machine, workloads=False)
    assert not [o for o in applied(run) if o["metadata"].get("namespace") == "shop"]
    assert not [line for line in run.lines("docker push *") if "users" in line or "tools" in line]
    assert len(run.made("docker push *")) == 2


def test_all_that_is_missing_is_said_before_anything_changes(machine: Machine) -> None:
    with pytest.raises(InvalidInputError) as caught:
        bring_up(machine, {"kind version": missing("kind"), "kubectl version *": missing("kubectl")})
    assert len(caught.value.problems) == 2
    assert not (kept(machine) / "name").exists()


def test_a_wrong_file_is_said_before_anything_changes(machine: Machine) -> None:
    (machine.project.parent / "cluster.yaml").write_text("kind: Pod")
    with pytest.raises(InvalidInputError, match="not a kind configuration"):
        up(machine.project, print, run=FakeRun())
    assert not (kept(machine) / "name").exists()


def test_a_cluster_that_can_not_be_made_is_told_and_its_ports_are_not_remembered(machine: Machine) -> None:
    before = (kept(machine) / "ports.json").read_text()
    with pytest.raises(MeshrigError, match="port is already allocated"):
        bring_up(machine, {"kind create *": failing("port is already allocated")})
    assert (kept(machine) / "ports.json").read_text() == before


def test_a_stack_that_fails_is_told_as_the_keeper_tells_it(machine: Machine) -> None:
    error = {"message": "stack shop is ROLLBACK_COMPLETE", "hint": "", "log": "the log", "exit_code": 1}
    with pytest.raises(MeshrigError, match="ROLLBACK_COMPLETE") as caught:
        bring_up(machine, {"docker compose * exec *": json.dumps({"error": error})})
    assert caught.value.log == "the log"
