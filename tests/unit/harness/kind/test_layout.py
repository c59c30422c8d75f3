import json
import socket
from pathlib import Path

import pytest

from meshrig.errors import InvalidInputError
from meshrig.harness.kind.layout import allocate_ports, endpoint_url, find_existing, find_layout
from meshrig.read.project import read_project
from meshrig.settings import places
from tests.unit.fake_run import Answer, FakeRun, failing, missing
from tests.unit.harness.kind.small_system import Machine, layout_of, remember_name, write_project


def name_of(machine: Machine, run: FakeRun, project_name: str = "shop") -> str:
    machine.project.write_text(machine.project.read_text().replace("project: shop", f"project: {project_name}"))
    return find_layout(read_project(machine.project), places(machine.project.parent), run).name


def test_the_project_s_name_is_used_and_remembered(machine: Machine) -> None:
    assert name_of(machine, machine.run()) == "shop"
    # By now there is a cluster of that name: ours.
    assert name_of(machine, machine.run({"kind get clusters": "shop\n"})) == "shop"


@pytest.mark.parametrize(
    "taken",
    [
        {"kind get clusters": "a\nshop\n"},
        {"docker ps --all *": "0123abcd\n"},
        # By somebody who chose at the same moment.
        {"docker network create *": failing("network with name meshrig-shop already exists")},
    ],
)
def test_a_name_that_another_folder_has_gets_a_mark(machine: Machine, taken: dict[str, Answer]) -> None:
    name = name_of(machine, machine.run({**taken}))
    assert name.startswith("shop-")
    assert len(name) == len("shop-") + 6
    assert name_of(machine, machine.run({**taken})) == name


def test_what_this_folder_made_is_found_again_though_what_it_kept_is_gone(machine: Machine) -> None:
    run = machine.run({"docker network ls *": "meshrig-shop\n", "kind get clusters": "shop\n"})
    assert name_of(machine, run) == "shop"
    (looked,) = run.made("docker network ls *")
    assert f"label=io.meshrig.folder={machine.project.parent}" in looked.argv
    made = machine.run()
    layout_of(machine.project, made).compose({}).make_network()
    assert f"--label io.meshrig.folder={machine.project.parent}" in made.calls[0].line


def test_containers_are_looked_for_under_the_name_they_would_have(machine: Machine) -> None:
    run = machine.run()
    name_of(machine, run)
    (looked,) = run.made("docker ps --all *")
    assert "label=com.docker.compose.project=meshrig-shop" in looked.argv


@pytest.mark.parametrize(
    ("project", "name"), [("'My Shop.v2'", "my-shop-v2"), ("'...'", "project"), ("a" * 60, "a" * 40)]
)
def test_a_project_s_name_becomes_one_that_kind_and_compose_take(machine: Machine, project: str, name: str) -> None:
    assert name_of(machine, machine.run(), project) == name


def test_a_run_cut_short_while_it_chose_a_name_chose_none(tmp_path: Path) -> None:
    remember_name(write_project(tmp_path), "")
    assert find_existing(places(tmp_path), FakeRun()) is None


def test_without_an_earlier_run_no_tool_is_looked_for(tmp_path: Path) -> None:
    assert find_existing(places(tmp_path), FakeRun()) is None


def test_what_is_missing_is_named_before_anything_is_remembered(machine: Machine) -> None:
    with pytest.raises(InvalidInputError, match="kind is not installed"):
        name_of(machine, machine.run({"kind version": missing("kind")}))
    assert find_existing(places(machine.project.parent), FakeRun()) is None


def test_ports_of_our_own_containers_stay_theirs(machine: Machine) -> None:
    with socket.socket() as ours, socket.socket() as strangers:
        for each in (ours, strangers):
            each.bind(("127.0.0.1", 0))
            each.listen()
        mine, taken = ours.getsockname()[1], strangers.getsockname()[1]
        node = json.dumps({"Ports": f"127.0.0.1:{mine}->30080/tcp, 127.0.0.1:6443->6443/tcp"})
        run = machine.run({"docker ps --filter label=io.x-k8s.kind.cluster=shop *": node})
        ports, allocator = allocate_ports(layout_of(machine.project, run), (mine, taken))
    assert ports.cluster[mine] == mine
    assert ports.cluster[taken] != taken
    assert [(each.wanted, each.port) for each in allocator.moved if each.name.startswith("cluster")] == [
        (taken, ports.cluster[taken])
    ]
    assert endpoint_url(ports) == machine.aws.url


def test_a_password_is_made_once_and_is_nobody_else_s(machine: Machine) -> None:
    first, second = (layout_of(machine.project, machine.run()) for _ in range(2))
    assert first.node_password == second.node_password
    assert len(first.node_password) >= 24
    assert (first.folder / "node-password").stat().st_mode & 0o777 == 0o600


def test_everything_carries_the_name(machine: Machine, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("KIND_NODE_IMAGE", "kindest/node:v1.33.1")
    monkeypatch.setenv("https_proxy", "http://proxy:3128")
    layout = layout_of(machine.project, machine.run(), "shop-2")
    cluster, compose = layout.cluster(), layout.compose({"MESHRIG_AWS_PORT": "1"})
    assert (cluster.name, cluster.network, cluster.image) == ("shop-2", "meshrig-shop-2", "kindest/node:v1.33.1")
    assert "localstack" in cluster.environment["NO_PROXY"]
    assert (compose.project, compose.network) == ("meshrig-shop-2", "meshrig-shop-2")
    assert compose.environment["MESHRIG_NETWORK"] == "meshrig-shop-2"
    assert compose.environment["MESHRIG_AWS_PORT"] == "1"
    assert compose.file.is_file()
    assert layout.image_prefix == "meshrig-shop-2/"
