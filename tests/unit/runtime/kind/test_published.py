import json

from meshrig.runtime.kind.published import published_ports
from tests.unit.fake_run import FakeRun


def containers(*ports: str) -> str:
    return "".join(json.dumps({"Names": "x", "Ports": each}) + "\n" for each in ports)


def test_ports_of_all_containers_with_one_of_the_labels() -> None:
    run = FakeRun(
        {
            "docker ps --filter label=a=1 *": containers("127.0.0.1:8080->8080/tcp, 10000/tcp", ""),
            "docker ps --filter label=b=2 *": containers("0.0.0.0:443->6443/tcp, :::444->6443/tcp"),
        }
    )
    assert published_ports(run, ["a=1", "b=2"]) == {8080, 443, 444}


def test_neighbouring_ports_come_as_a_range() -> None:
    run = FakeRun({"docker ps *": containers("127.0.0.1:4510-4512->4510-4512/tcp")})
    assert published_ports(run, ["a=1"]) == {4510, 4511, 4512}
