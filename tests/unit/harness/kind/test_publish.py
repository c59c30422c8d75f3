from pathlib import Path

import pytest

from meshrig.errors import MeshrigError
from meshrig.harness.kind.publish import Publisher, default_repository
from meshrig.harness.localstack import Clients
from meshrig.model.project import ImageBuild
from meshrig.runtime.kind.images import EcrLogin
from tests.unit.fake_run import FakeRun, failing
from tests.unit.harness.fake_aws import DIGEST, FakeAws
from tests.unit.harness.kind.small_system import Machine, layout_of

REFERENCE = f"000000000000.dkr.ecr.eu-west-1.amazonaws.com/users@{DIGEST}"


def build(machine: Machine) -> ImageBuild:
    context = machine.project.parent / "services" / "users"
    return ImageBuild("users-service", context, context / "Dockerfile")


def publisher(machine: Machine, run: FakeRun, said: list[str] | None = None) -> Publisher:
    login = EcrLogin(run, machine.project.parent / "docker", {})
    clients = Clients(machine.aws.url, "eu-west-1")
    return Publisher(layout_of(machine.project, run), clients, login, (said if said is not None else []).append)


def test_a_build_is_pushed_and_known_by_its_digest(machine: Machine, aws: FakeAws) -> None:
    aws.images["users"] = set()
    run = machine.run({"git status *": "", "git rev-parse *": "0123456789abcdef\n"})
    said: list[str] = []
    assert publisher(machine, run, said).publish_build(build(machine), "users") == REFERENCE
    assert run.lines("docker tag *", "docker push *") == [
        "docker tag meshrig-shop/users-service:0123456789ab localhost:4510/users:0123456789ab",
        "docker push --quiet localhost:4510/users:0123456789ab",
    ]
    (login,) = run.made("docker login *")
    assert login.stdin == "SECRET"
    assert "SECRET" not in login.line
    assert said == ["image users-service built and pushed (0123456789ab)"]


def test_what_is_there_is_neither_built_nor_pushed(machine: Machine, aws: FakeAws) -> None:
    aws.images["users"] = {"0123456789ab"}
    run = machine.run({"git status *": "", "git rev-parse *": "0123456789abcdef\n"})
    made = publisher(machine, run)
    assert made.find_build(build(machine), "users") == REFERENCE
    assert made.publish_build(build(machine), "users") == REFERENCE
    assert not run.made("docker *")


def test_a_build_that_nobody_pushed_is_not_found(machine: Machine, aws: FakeAws) -> None:
    made = publisher(machine, machine.run())
    assert made.find_build(build(machine), "users") is None
    aws.images["users"] = {"another"}
    assert made.find_build(build(machine), "users") is None


def test_one_login_is_enough_and_local_names_of_the_registry_are_removed(machine: Machine, aws: FakeAws) -> None:
    aws.images |= {"one": set(), "two": set()}
    run = machine.run({"docker image inspect *": "[]"})
    made = publisher(machine, run)
    made.publish_image("meshrig-shop/a:1", "one")
    made.publish_image("meshrig-shop/b:2", "two")
    made.publish_image("meshrig-shop/b:2", "two")
    assert len(run.made("docker login *")) == 1
    assert run.lines("docker image rm *") == [
        "docker image rm localhost:4510/one:1",
        "docker image rm localhost:4510/two:2",
    ]


def test_a_push_that_never_arrives_is_an_error(machine: Machine, aws: FakeAws) -> None:
    aws.images["one"] = set()
    with pytest.raises(MeshrigError, match="localhost:4510/one:1 was pushed, but ECR does not have it"):
        publisher(machine, machine.run({"docker push *": ""})).publish_image("meshrig-shop/a:1", "one")


def test_what_docker_and_ecr_say_is_told(machine: Machine, aws: FakeAws) -> None:
    aws.images["one"] = set()
    with pytest.raises(MeshrigError, match="denied"):
        publisher(machine, machine.run({"docker push *": failing("denied")})).publish_image("x:1", "one")
    aws.away = True
    with pytest.raises(MeshrigError, match="ECR repository one: "):
        publisher(machine, machine.run()).publish_image("x:1", "one")


def test_an_image_without_a_repository_of_the_template_gets_one_of_ours() -> None:
    assert default_repository(ImageBuild("tools", Path("/x"), Path("/x/Dockerfile"))) == "meshrig/tools"
