"""What stands beside the cluster, with the real keeper, edge, LocalStack and registry; the node is a stand-in."""

import base64
import json
import os
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from botocore.exceptions import BotoCoreError, ClientError

from meshrig.certs.authority import CertificateAuthority
from meshrig.model.desired import ClusterBacking, DesiredState
from meshrig.runtime.kind.images import EcrLogin
from meshrig.runtime.kind.tools import engine_endpoint
from meshrig.shell import run
from tests.integration.compose.system import PYTHON, REGION, ROOT, ComposeSystem, docker

pytestmark = pytest.mark.docker
OURS = ("edge", "meshrig")
AUTHORITY = CertificateAuthority.create()
ENDPOINT = "https://127.0.0.1:6443"


def test_everything_is_healthy(system: ComposeSystem) -> None:
    states = {each.name: (each.state, each.health) for each in system.compose.services()}
    assert states == dict.fromkeys(("edge", "localstack", "meshrig", "registry"), ("running", "healthy"))


def test_the_aws_apis_answer(system: ComposeSystem) -> None:
    assert system.clients.get("sts").get_caller_identity()["Account"] == "000000000000"


def test_before_any_stack_the_edge_forbids_everything_as_api_gateway_does(system: ComposeSystem) -> None:
    status, body = system.get("/prod/products")
    assert (status, json.loads(body)) == (403, {"message": "Forbidden"})


@pytest.mark.parametrize("service", OURS)
def test_our_containers_are_not_root_and_change_nothing_of_their_own(system: ComposeSystem, service: str) -> None:
    assert docker("exec", system.container(service), "id", "-u") == "10001"
    host = system.inspect(service)["HostConfig"]
    assert host["ReadonlyRootfs"]
    assert host["CapDrop"] == ["ALL"]


def test_every_port_is_on_loopback_only(system: ComposeSystem) -> None:
    bindings = [
        binding["HostIp"]
        for each in system.compose.services()
        for published in system.inspect(each.name)["HostConfig"]["PortBindings"].values()
        for binding in published
    ]
    assert bindings == ["127.0.0.1"] * 3


@dataclass(frozen=True)
class KeptStack:
    system: ComposeSystem
    desired: DesiredState
    status: Any
    said: list[str]

    @property
    def outputs(self) -> dict[str, str]:
        found: dict[str, str] = self.status["stack"]["outputs"]
        return found


@pytest.fixture(scope="module")
def kept(system: ComposeSystem) -> KeptStack:
    """The shop's own template, in front of a stand-in for the cluster's node."""
    parameters = json.loads((ROOT / "cfn" / "parameters" / "local.json").read_text())
    authority = base64.b64encode(AUTHORITY.ca_pem.encode()).decode()
    desired = DesiredState(
        stack="shop",
        region=REGION,
        template_name="cfn/stack.yaml",
        template_text=(ROOT / "cfn" / "stack.yaml").read_text(),
        parameters={each["ParameterKey"]: each["ParameterValue"] for each in parameters},
        backing=ClusterBacking(ENDPOINT, authority, "1.34", system.start_node()),
        repositories=("meshrig/envoy",),
        ca_certificate=AUTHORITY.ca_pem,
        ca_key=AUTHORITY.key_pem,
    )
    status, said = system.keep(desired)
    return KeptStack(system, desired, status, said)


def test_the_stack_is_complete_and_its_cluster_the_real_one(kept: KeptStack) -> None:
    assert kept.said[-1].startswith("stack shop CREATE_COMPLETE")
    assert kept.status["state"] == "up"
    cluster = kept.system.clients.get("eks").describe_cluster(name=kept.outputs["ClusterName"])["cluster"]
    assert (cluster["status"], cluster["endpoint"]) == ("ACTIVE", ENDPOINT)
    assert cluster["certificateAuthority"]["data"] == kept.desired.backing.certificate_authority


def test_the_edge_serves_the_stage_from_the_node(kept: KeptStack) -> None:
    assert kept.system.get("/prod/products") == (200, "node /products")
    assert kept.system.get("/elsewhere/products")[0] == 403


def test_docker_pushes_to_a_repository_of_the_stack_by_its_uri(kept: KeptStack, tmp_path: Path) -> None:
    push_image(kept, tmp_path, "first")
    assert "first" in image_tags(kept)


def test_the_stack_comes_back_by_itself_after_localstack_was_killed(kept: KeptStack, tmp_path: Path) -> None:
    push_image(kept, tmp_path, "before")
    before = kept.system.inspect("localstack")
    kill_process(before["State"]["Pid"])
    assert kept.system.get("/prod/products") == (200, "node /products"), "LocalStack is on no request's path"
    until(lambda: kept.system.inspect("localstack")["RestartCount"] > before["RestartCount"], 30)
    until(lambda: stack_status(kept) == "CREATE_COMPLETE", 90)
    until(lambda: kept.system.get("/prod/products") == (200, "node /products"), 10)
    assert "before" in image_tags(kept)


def push_image(kept: KeptStack, folder: Path, tag: str) -> None:
    """One layer of one file; logged in as ``aws ecr get-login-password`` tells."""
    uri = kept.outputs["UsersRepositoryUri"]
    ecr = kept.system.clients.get("ecr")
    token = ecr.get_authorization_token()["authorizationData"][0]["authorizationToken"]
    (folder / "Dockerfile").write_text("FROM scratch\nCOPY Dockerfile /\n")
    docker("build", "--quiet", "--tag", f"{uri}:{tag}", str(folder))
    # The user's own configuration stays as it is, so the engine that it names has to be passed on.
    login = EcrLogin(run, folder / "docker", {**os.environ, "DOCKER_HOST": engine_endpoint(run)})
    try:
        login.login(uri.partition("/")[0], base64.b64decode(token).decode().partition(":")[2])
        login.push(f"{uri}:{tag}")
    finally:
        docker("image", "rm", "--force", f"{uri}:{tag}")


def image_tags(kept: KeptStack) -> set[str]:
    pages = kept.system.clients.get("ecr").get_paginator("list_images").paginate(repositoryName="shop/users-service")
    return {each["imageTag"] for page in pages for each in page["imageIds"]}


def stack_status(kept: KeptStack) -> str:
    """Empty where there is no stack, or nobody to ask."""
    try:
        stacks = kept.system.clients.get("cloudformation").describe_stacks(StackName="shop")["Stacks"]
    except (BotoCoreError, ClientError):
        return ""
    return str(stacks[0]["StackStatus"])


def kill_process(pid: int) -> None:
    """As the kernel would for want of memory. Not ``docker kill``, after which Docker restarts nothing; and from a
    container, since the process may be in a virtual machine or another user's."""
    program = f"import os; os.kill({pid}, 9)"
    docker("run", "--rm", "--pid", "host", "--privileged", PYTHON, "python", "-c", program)


def until(true: Callable[[], bool], seconds: float) -> None:
    deadline = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < deadline, f"not within {seconds} s"
        time.sleep(0.3)
