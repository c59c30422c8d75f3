import pytest

from meshrig.errors import InvalidInputError
from meshrig.runtime.kind.tools import engine_endpoint, find_tools, is_available
from meshrig.shell import CommandError
from tests.unit.fake_run import FakeRun, failing, missing

ALL_THERE = FakeRun(
    {
        "docker version *": "28.0\n",
        "docker compose version *": "2.40\n",
        "kind version": "kind v0.31.0\n",
        "kubectl version *": "Client Version: v1.34.4\n",
        "docker context inspect *": "unix:///run/user/1000/docker.sock\n",
    }
)


@pytest.fixture(autouse=True)
def _no_docker_host(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("DOCKER_HOST", raising=False)


def problems_of(run: FakeRun) -> list[str]:
    with pytest.raises(InvalidInputError) as caught:
        find_tools(run)
    return [str(problem) for problem in caught.value.problems]


def test_everything_there() -> None:
    run = ALL_THERE.answers({})
    assert find_tools(run).endpoint == "unix:///run/user/1000/docker.sock"
    assert is_available(run)


def test_all_that_is_missing_is_named_at_once() -> None:
    run = ALL_THERE.answers(
        {
            "docker compose version *": failing("docker: 'compose' is not a docker command."),
            "kind version": missing("kind"),
            "kubectl version *": missing("kubectl"),
        }
    )
    compose, kind, kubectl = problems_of(run)
    assert compose.startswith("docker compose is not installed (https://docs.docker.com/compose/install/")
    assert kind.startswith("kind is not installed (https://kind.sigs.k8s.io/")
    assert kubectl.startswith("kubectl is not installed (https://kubernetes.io/")
    assert not is_available(run)


def test_docker_without_an_engine_is_told_from_no_docker_at_all() -> None:
    run = ALL_THERE.answers({"docker version *": failing("\nCannot connect to the Docker daemon at unix:///x\n\n")})
    (engine,) = problems_of(run)
    assert engine.startswith("no Docker engine answers: Cannot connect to the Docker daemon at unix:///x (start it")
    run = ALL_THERE.answers({"docker version *": missing("docker")})
    assert problems_of(run)[0].startswith("docker is not installed")


def test_an_engine_that_hangs_is_waited_for_in_vain_only_so_long() -> None:
    run = ALL_THERE.answers({"docker version *": CommandError("docker failed: docker did not end within 20 s")})
    (engine,) = problems_of(run)
    assert "no Docker engine answers: docker failed: docker did not end within 20 s" in engine
    assert all(call.timeout for call in run.calls)


def test_a_command_that_fails_is_not_called_missing() -> None:
    run = ALL_THERE.answers({"kubectl version *": failing("exec format error")})
    assert problems_of(run)[0].startswith("kubectl does not work: exec format error")


def test_the_engine_that_the_environment_names_wins(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DOCKER_HOST", "tcp://10.0.0.1:2375")
    assert engine_endpoint(FakeRun()) == "tcp://10.0.0.1:2375"
