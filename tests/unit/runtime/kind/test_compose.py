import json
from pathlib import Path

import pytest

from meshrig.errors import MeshrigError
from meshrig.runtime.kind.compose import Compose, ComposeService
from tests.unit.fake_run import Answer, FakeRun, failing

EDGE = {"Service": "edge", "Name": "meshrig-shop-edge-1", "State": "running", "Health": "healthy", "Image": "envoy:1"}
LOCALSTACK = {"Service": "localstack", "Name": "meshrig-shop-localstack-1", "State": "exited", "Health": ""}
PREFIX = "docker compose --file /c.yaml --project-name meshrig-shop"


def compose(script: dict[str, Answer]) -> tuple[Compose, FakeRun]:
    run = FakeRun(script)
    return Compose(run, Path("/c.yaml"), "meshrig-shop", "meshrig-shop", {"MESHRIG_AWS_PORT": "4567"}), run


def test_the_network_is_compose_s_own_though_we_make_it() -> None:
    made, run = compose({"docker network inspect *": failing("not found"), "docker network create *": ""})
    made.ensure_network()
    assert run.lines("docker network create *") == [
        "docker network create --label com.docker.compose.network=default "
        "--label com.docker.compose.project=meshrig-shop meshrig-shop"
    ]


def test_a_network_that_is_there_is_kept() -> None:
    made, run = compose({"docker network inspect meshrig-shop": "[]"})
    made.ensure_network()
    assert len(run.calls) == 1


@pytest.mark.parametrize(
    "text",
    [
        json.dumps([LOCALSTACK, EDGE]) + "\n",
        f"{json.dumps(LOCALSTACK)}\n{json.dumps(EDGE)}\n\n",
    ],
    ids=["compose before 2.21", "compose since 2.21"],
)
def test_containers_in_both_spellings_of_compose(text: str) -> None:
    made, run = compose({f"{PREFIX} ps --all --format json": text})
    assert made.services() == (
        ComposeService("edge", "meshrig-shop-edge-1", "running", "healthy", "envoy:1"),
        ComposeService("localstack", "meshrig-shop-localstack-1", "exited", "", ""),
    )
    assert run.calls[0].env == {"MESHRIG_AWS_PORT": "4567"}


def test_no_containers() -> None:
    assert compose({"*ps *": ""})[0].services() == ()


def test_up_waits_and_builds_nothing() -> None:
    made, run = compose({f"{PREFIX} up *": ""})
    made.up()
    assert run.lines("*") == [f"{PREFIX} up --detach --wait --no-build"]


def test_a_failed_start_names_the_logs_of_what_did_not_come_up() -> None:
    made, _ = compose({"*up *": failing("container is unhealthy"), "*ps *": json.dumps([LOCALSTACK, EDGE])})
    with pytest.raises(MeshrigError, match="container is unhealthy") as caught:
        made.up()
    assert caught.value.log == "docker logs meshrig-shop-localstack-1"


def test_down_removes_volumes() -> None:
    made, run = compose({"*": ""})
    made.down()
    assert run.lines("*") == [f"{PREFIX} down --volumes --remove-orphans --timeout 5"]


def test_the_keeper_is_asked_through_its_container() -> None:
    made, run = compose({f"{PREFIX} exec --no-TTY meshrig meshrig control *": '{"say": "a"}\n{"done": {}}\n'})
    assert list(made.ask_keeper({"path": "/v1/status"})) == [{"say": "a"}, {"done": {}}]
    assert json.loads(run.calls[0].stdin or "") == {"path": "/v1/status"}


def test_a_keeper_that_talks_nonsense_or_is_away_is_an_error() -> None:
    with pytest.raises(MeshrigError, match="the keeper answered: Killed") as caught:
        list(compose({"*": "Killed\n"})[0].ask_keeper({}))
    assert caught.value.log == "docker logs meshrig-shop-meshrig-1"
    with pytest.raises(MeshrigError, match="service is not running"):
        list(compose({"*": failing("service is not running")})[0].ask_keeper({}))
