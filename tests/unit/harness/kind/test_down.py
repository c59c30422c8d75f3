import pytest

from meshrig.errors import InvalidInputError, MeshrigError
from meshrig.harness.kind.down import down
from tests.unit.fake_run import FakeRun, failing, missing
from tests.unit.harness.kind.small_system import Machine


def kept(machine: Machine) -> bool:
    return (machine.project.parent / ".meshrig" / "kind" / "name").exists()


@pytest.fixture
def made(machine: Machine) -> Machine:
    """After a run."""
    (machine.project.parent / ".meshrig" / "kind" / "name").write_text("shop")
    return machine


def test_everything_goes_the_node_before_its_network(made: Machine) -> None:
    run = made.run({"docker image inspect meshrig-shop/envoy:1": "[]"})
    assert down(made.project, run=run)
    steps = run.lines("kind delete *", "docker compose * down *", "docker image rm *")
    assert [" ".join(step.split()[:2]) for step in steps] == ["kind delete", "docker compose", "docker image"]
    assert steps[-1] == "docker image rm --force meshrig-shop/envoy:1"
    assert not (made.project.parent / ".meshrig" / "kind").exists()
    assert not down(made.project, run=made.run())


def test_what_was_made_here_goes_though_what_was_kept_of_it_is_gone(machine: Machine) -> None:
    run = machine.run({"docker network ls *": "meshrig-shop-2\n"})
    assert down(machine.project, run=run)
    assert run.lines("kind delete *")[0].startswith("kind delete cluster --name shop-2 ")


def test_images_may_stay(made: Machine) -> None:
    run = made.run()
    assert down(made.project, keep_images=True, run=run)
    assert not run.made("docker image *")


def test_nothing_there_needs_nothing(machine: Machine) -> None:
    assert not down(machine.project, run=FakeRun({"docker network ls *": missing("docker")}))


def test_a_project_file_that_broke_since_is_no_hindrance(made: Machine) -> None:
    made.project.unlink()
    assert down(made.project, run=made.run())


def test_what_fails_is_told_after_the_rest_is_gone_and_can_be_repeated(made: Machine) -> None:
    run = made.run({"kind delete *": failing("device busy"), "docker compose * down *": failing("in use")})
    with pytest.raises(MeshrigError, match=r"(?s)device busy.*in use") as caught:
        down(made.project, run=run)
    assert caught.value.hint == "run meshrig down again"
    assert kept(made)
    assert down(made.project, run=made.run())


def test_without_docker_it_says_so(made: Machine) -> None:
    with pytest.raises(InvalidInputError, match="docker is not installed"):
        down(made.project, run=made.run({"docker version *": missing("docker")}))
    assert kept(made)
