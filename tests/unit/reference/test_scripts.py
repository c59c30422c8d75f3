"""scripts/*.sh: which calls they make, and that sourcing one never ends the shell."""

from pathlib import Path

import pytest
import yaml

from tests.unit.reference.fake_commands import REGISTRY, run_script
from tests.unit.reference.shop import ROOT, SERVICES

LOCAL = "http://127.0.0.1:4566"
SCRIPTS = ("create_stack.sh", "push_to_ecr.sh", "deploy_k8s.sh")


def test_create_stack_takes_the_parameters_of_aws(tmp_path: Path) -> None:
    done = run_script("create_stack.sh", tmp_path, MESHRIG_TARGET="aws", FAKE_LOG_ROLE="arn:role")
    assert done.status == 0
    assert done.calls_of("aws cloudformation create-stack") == [
        "aws cloudformation create-stack --stack-name shop --template-body file://cfn/stack.yaml"
        " --parameters file://cfn/parameters/aws.json --capabilities CAPABILITY_IAM"
    ]
    assert done.calls_of("aws cloudformation wait stack-create-complete --stack-name shop")
    assert "account 000000000000, us-east-1" in done.stdout


def test_create_stack_takes_local_parameters_for_an_emulation(tmp_path: Path) -> None:
    done = run_script("create_stack.sh", tmp_path, AWS_ENDPOINT_URL=LOCAL, STACK_NAME="mine")
    (create,) = done.calls_of("aws cloudformation create-stack --stack-name mine")
    assert "file://cfn/parameters/local.json" in create
    assert LOCAL in done.stdout


def test_create_stack_updates_a_stack_that_is_there(tmp_path: Path) -> None:
    done = run_script("create_stack.sh", tmp_path, AWS_ENDPOINT_URL=LOCAL, FAKE_STACK="UPDATE_COMPLETE")
    assert done.status == 0
    assert not done.calls_of("aws cloudformation create-stack")
    assert done.calls_of("aws cloudformation update-stack --stack-name shop")
    assert done.calls_of("aws cloudformation wait stack-update-complete --stack-name shop")


def test_create_stack_is_content_with_nothing_to_update(tmp_path: Path) -> None:
    error = "An error occurred (ValidationError): No updates are to be performed."
    done = run_script(
        "create_stack.sh", tmp_path, AWS_ENDPOINT_URL=LOCAL, FAKE_STACK="CREATE_COMPLETE", FAKE_UPDATE_ERROR=error
    )
    assert done.status == 0
    assert not done.calls_of("aws cloudformation wait")


def test_create_stack_passes_on_why_an_update_is_refused(tmp_path: Path) -> None:
    error = "Template format error: unresolved"
    done = run_script(
        "create_stack.sh", tmp_path, AWS_ENDPOINT_URL=LOCAL, FAKE_STACK="CREATE_COMPLETE", FAKE_UPDATE_ERROR=error
    )
    assert done.status == 1
    assert error in done.stderr


def test_create_stack_says_how_to_get_rid_of_a_failed_one(tmp_path: Path) -> None:
    done = run_script("create_stack.sh", tmp_path, AWS_ENDPOINT_URL=LOCAL, FAKE_STACK="ROLLBACK_COMPLETE")
    assert done.status == 1
    assert "aws cloudformation delete-stack --stack-name shop" in done.stderr
    assert not done.calls_of("aws cloudformation update-stack")


def test_create_stack_refuses_an_account_whose_stages_cannot_log(tmp_path: Path) -> None:
    done = run_script("create_stack.sh", tmp_path, MESHRIG_TARGET="aws")
    assert done.status == 1
    assert "ManageApiGatewayAccount" in done.stderr
    assert not done.calls_of("aws cloudformation")


def test_create_stack_leaves_the_log_role_to_a_stack_that_makes_it(tmp_path: Path) -> None:
    parameters = tmp_path / "parameters.json"
    parameters.write_text('[\n  {"ParameterKey": "ManageApiGatewayAccount", "ParameterValue": "true"}\n]\n')
    done = run_script("create_stack.sh", tmp_path, MESHRIG_TARGET="aws", PARAMETERS_FILE=str(parameters))
    assert done.status == 0
    assert done.calls_of("aws cloudformation create-stack")


def test_create_stack_shows_what_failed(tmp_path: Path) -> None:
    done = run_script(
        "create_stack.sh", tmp_path, MESHRIG_TARGET="aws", FAKE_LOG_ROLE="arn:role", FAKE_WAIT_STATUS="255"
    )
    assert done.status == 1
    assert done.calls_of("aws cloudformation describe-stack-events --stack-name shop")


def test_push_builds_for_the_nodes_and_logs_in_once(tmp_path: Path) -> None:
    done = run_script("push_to_ecr.sh", tmp_path, MESHRIG_TARGET="aws", IMAGE_TAG="v1")
    assert done.status == 0
    assert done.calls_of("docker login") == [f"docker login --username AWS --password-stdin {REGISTRY}"]
    assert done.calls_of("docker build") == [
        f"docker build --platform linux/amd64 --file services/{name}/Dockerfile"
        f" --tag {REGISTRY}/shop/{name}-service:v1 services"
        for name in SERVICES
    ]
    assert done.calls_of("docker push") == [f"docker push {REGISTRY}/shop/{name}-service:v1" for name in SERVICES]


def test_push_leaves_a_tag_that_is_there_already(tmp_path: Path) -> None:
    done = run_script("push_to_ecr.sh", tmp_path, MESHRIG_TARGET="aws", IMAGE_TAG="v1", FAKE_IMAGE_STATUS="0")
    assert done.status == 0
    assert not done.calls_of("docker")


def test_push_stops_at_a_failed_build(tmp_path: Path) -> None:
    done = run_script("push_to_ecr.sh", tmp_path, MESHRIG_TARGET="aws", IMAGE_TAG="v1", FAKE_BUILD_STATUS="1")
    assert done.status == 1
    assert len(done.calls_of("docker build")) == 1
    assert not done.calls_of("docker push")


def test_deploy_applies_the_manifests_with_images_by_digest(tmp_path: Path) -> None:
    done = run_script("deploy_k8s.sh", tmp_path, MESHRIG_TARGET="aws", IMAGE_TAG="v1")
    assert done.status == 0
    kustomization = yaml.safe_load((done.applied / "kustomization.yaml").read_text())
    written = {path.name: path.read_text() for path in (ROOT / "kind/manifests").glob("*.yaml")}
    assert set(kustomization["resources"]) == set(written)
    assert {name: (done.applied / name).read_text() for name in written} == written
    assert kustomization["images"] == [
        {"name": f"{name}-service", "newName": f"{REGISTRY}/shop/{name}-service", "digest": "sha256:0123"}
        for name in SERVICES
    ]


def test_deploy_puts_every_group_of_nodes_behind_the_load_balancer(tmp_path: Path) -> None:
    done = run_script("deploy_k8s.sh", tmp_path, MESHRIG_TARGET="aws", IMAGE_TAG="v1")
    assert done.calls_of("aws autoscaling") == [
        f"aws autoscaling attach-load-balancer-target-groups --auto-scaling-group-name {group}"
        " --target-group-arns arn:target-group"
        for group in ("group-a", "group-b")
    ]
    assert "https://api/prod" in done.stdout


def test_deploy_to_another_cluster_leaves_kubeconfig_and_nodes_alone(tmp_path: Path) -> None:
    done = run_script("deploy_k8s.sh", tmp_path, IMAGE_TAG="v1", AWS_ENDPOINT_URL=LOCAL, KUBE_CONTEXT="kind-shop")
    assert done.status == 0
    assert done.calls_of("kubectl")
    assert all(call.startswith("kubectl --context kind-shop ") for call in done.calls_of("kubectl"))
    assert not done.calls_of("aws eks")
    assert not done.calls_of("aws autoscaling")


def test_deploy_uses_the_cluster_behind_the_running_systems_eks(tmp_path: Path) -> None:
    done = run_script("deploy_k8s.sh", tmp_path, IMAGE_TAG="v1", FAKE_ENDPOINT=LOCAL, FAKE_REGISTRY="localhost:4510")
    assert done.status == 0
    assert done.calls_of("aws eks update-kubeconfig --name shop --alias shop")
    assert done.calls_of("kubectl config set-context shop --namespace shop")
    (credentials,) = done.calls_of("kubectl config set-credentials eks-user")
    assert "AWS_SECRET_ACCESS_KEY=test" in credentials
    assert f"AWS_ENDPOINT_URL={LOCAL}" in credentials
    assert not done.calls_of("aws autoscaling")
    assert "Invoke URL" in done.stdout


def test_deploy_needs_a_cluster(tmp_path: Path) -> None:
    made_up = "https://0123.gr7.us-east-1.eks.amazonaws.com"
    done = run_script("deploy_k8s.sh", tmp_path, IMAGE_TAG="v1", FAKE_ENDPOINT=LOCAL, FAKE_CLUSTER_ENDPOINT=made_up)
    assert done.status == 1
    assert "RUNTIME=kind" in done.stderr
    assert not done.calls_of("kubectl")


def test_create_stack_brings_up_what_it_stands_on(tmp_path: Path) -> None:
    done = run_script("create_stack.sh", tmp_path)
    assert done.status == 0
    assert done.calls_of("meshrig up") == ["meshrig up --runtime auto --no-workloads"]
    assert not done.calls_of("aws")


def test_push_to_a_system_without_a_registry_never_leaves_this_machine(tmp_path: Path) -> None:
    done = run_script("push_to_ecr.sh", tmp_path, IMAGE_TAG="v1", FAKE_ENDPOINT=LOCAL)
    assert done.status == 1
    assert "RUNTIME=kind" in done.stderr
    assert not done.calls_of("docker")


def test_push_goes_to_the_running_systems_registry(tmp_path: Path) -> None:
    done = run_script("push_to_ecr.sh", tmp_path, IMAGE_TAG="v1", FAKE_ENDPOINT=LOCAL, FAKE_REGISTRY="localhost:4510")
    assert done.status == 0
    assert done.calls_of("docker push") == [f"docker push localhost:4510/shop/{name}-service:v1" for name in SERVICES]
    assert not any("--platform" in call for call in done.calls_of("docker build"))
    assert len(done.calls_of("docker image rm localhost:4510/shop/")) == len(SERVICES)


@pytest.mark.parametrize("name", ["push_to_ecr.sh", "deploy_k8s.sh"])
def test_nothing_running_is_said(name: str, tmp_path: Path) -> None:
    done = run_script(name, tmp_path, IMAGE_TAG="v1")
    assert done.status == 1
    assert "source scripts/create_stack.sh first" in done.stderr
    assert not done.calls_of("aws")


@pytest.mark.parametrize("name", SCRIPTS)
def test_an_unknown_target_is_refused(name: str, tmp_path: Path) -> None:
    done = run_script(name, tmp_path, MESHRIG_TARGET="prod")
    assert done.status == 1
    assert "local and aws are the targets" in done.stderr


@pytest.mark.parametrize("name", SCRIPTS)
@pytest.mark.parametrize("failing", [False, True])
def test_sourcing_leaves_the_shell_alive_and_as_it_was(name: str, failing: bool, tmp_path: Path) -> None:
    local = {"AWS_ENDPOINT_URL": LOCAL, "FAKE_CLUSTER_ENDPOINT": "https://eks.amazonaws.com"}
    faults = {"FAKE_WAIT_STATUS": "1", "FAKE_BUILD_STATUS": "1", **local} if failing else {"MESHRIG_TARGET": "aws"}
    done = run_script(name, tmp_path, source=True, IMAGE_TAG="v1", FAKE_LOG_ROLE="arn:role", **faults)
    after = [line.split() for line in done.stdout.splitlines()[-3:]]
    assert after == [["status", str(int(failing))], ["errexit", "off"], ["alive"]]
