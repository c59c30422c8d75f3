from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from meshrig.errors import InvalidInputError, MeshrigError
from meshrig.harness.running_system import (
    NotRunningError,
    RunningSystem,
    find_process_system,
    find_systems,
    read_access,
)
from meshrig.scenario.context import Target
from meshrig.scenario.loopback import LoopbackAccess, ProxyAccess

PROJECT = Path("/project/meshrig.yaml")


def up(runtime: str) -> Callable[[Path], RunningSystem]:
    return lambda _: RunningSystem(runtime, "http://api", "http://aws", "us-east-1", "shop", LoopbackAccess({}))


def down(runtime: str) -> Callable[[Path], RunningSystem]:
    def find(_: Path) -> RunningSystem:
        raise NotRunningError(runtime, f"meshrig up --runtime {runtime}")

    return find


def test_the_named_runtimes_are_found_in_the_order_given_and_once() -> None:
    found = find_systems(PROJECT, ["kind", "process", "kind"], {"process": up("process"), "kind": up("kind")})
    assert [system.runtime for system in found] == ["kind", "process"]


def test_each_named_runtime_must_be_up() -> None:
    with pytest.raises(NotRunningError, match="not running in runtime kind") as caught:
        find_systems(PROJECT, ["process", "kind"], {"process": up("process"), "kind": down("kind")})
    assert caught.value.hint == "start it with: meshrig up --runtime kind"


def test_without_a_name_it_is_the_one_that_is_up() -> None:
    (found,) = find_systems(PROJECT, [], {"process": down("process"), "kind": up("kind")})
    assert found.runtime == "kind"
    with pytest.raises(MeshrigError, match="the system is not running"):
        find_systems(PROJECT, [], {"process": down("process"), "kind": down("kind")})


def test_two_that_are_up_must_be_told_apart() -> None:
    with pytest.raises(InvalidInputError, match="say --runtime process or kind, or --runtime process,kind to compare"):
        find_systems(PROJECT, [], {"process": up("process"), "kind": up("kind")})


def test_an_unknown_runtime_is_wrong_input() -> None:
    with pytest.raises(InvalidInputError, match=r"unknown runtime 'knd' \(did you mean kind\?\)"):
        find_systems(PROJECT, ["knd"], {"process": up("process"), "kind": up("kind")})


def test_a_project_without_a_daemon_is_not_running(tmp_path: Path) -> None:
    (tmp_path / "meshrig.yaml").write_text("")
    with pytest.raises(NotRunningError, match="in runtime process"):
        find_process_system(tmp_path / "meshrig.yaml")


STATUS: dict[str, Any] = {
    "processes": [
        {"kind": "envoy", "pod": "users-0", "ports": {"inbound:8080": 1, "egress": 2}},
        {"kind": "container", "pod": "users-0", "ports": {"http": 11}},
        {"kind": "container", "pod": "users-1", "ports": {"http": 12}},
        {"kind": "container", "pod": "orders-0", "ports": {"http": 13}},
    ],
    "proxies": [
        {"pod": "users-0", "virtual_node": "users", "ports": {"inbound:8080": 1, "egress": 2}, "admin": "/run/0"},
        {"pod": "users-1", "virtual_node": "users", "ports": {"inbound:8080": 3, "egress": 4}, "admin": "/run/1"},
        {"pod": "ingress-0", "virtual_node": "ingress", "ports": {"http": 5}, "admin": "/run/2"},
        {"pod": None, "virtual_node": None, "ports": {"http": 6}, "admin": "/run/3"},
    ],
}


async def test_every_replica_is_reached_by_its_sidecar_and_its_own_port() -> None:
    access = read_access(STATUS)
    assert access.proxies == {
        "users": (
            ProxyAccess((("127.0.0.1", 1),), Path("/run/0"), (("127.0.0.1", 11),)),
            ProxyAccess((("127.0.0.1", 3),), Path("/run/1"), (("127.0.0.1", 12),)),
        )
    }
    found = await access.targets("users")
    assert [(target.port, bool(target.open_because)) for target in found.addresses] == [
        (1, False), (3, False), (11, True), (12, True),
    ]  # fmt: skip
    assert found.addresses[0] == Target("pod_ip", "127.0.0.1", 1)
    assert set(found.absent) == {"cluster_ip", "node_port"}
