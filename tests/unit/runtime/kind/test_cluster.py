import json
from pathlib import Path

import pytest

from meshrig.errors import MeshrigError
from meshrig.runtime.kind.cluster import KindCluster, exempt_from_proxy
from tests.unit.fake_run import Answer, FakeRun, failing, in_turn

MADE_FROM = "config-hash image"


def nodes(*ready: str) -> str:
    """Of ``kubectl get nodes``: one for each status of its Ready condition."""
    states = [[{"type": "MemoryPressure", "status": "False"}, {"type": "Ready", "status": each}] for each in ready]
    return json.dumps({"items": [{"status": {"conditions": each}} for each in states]})


FRESH = nodes("True")
SCRIPT: dict[str, Answer] = {
    "kind get clusters": "other\n",
    "kind get nodes *": "shop-control-plane\n",
    "kind create cluster *": "",
    "kind delete cluster *": "",
    "kind export kubeconfig *": "",
    "docker start *": "",
    "kubectl * get nodes *": FRESH,
}
THERE: dict[str, Answer] = {"kind get clusters": "other\nshop\n"}


def cluster(folder: Path, run: FakeRun, image: str = "", environment: dict[str, str] | None = None) -> KindCluster:
    return KindCluster(
        run=run,
        name="shop",
        config=folder / "cluster.yaml",
        kubeconfig=folder / "kubeconfig",
        network="meshrig-shop",
        marker=folder / "made",
        environment=environment or {"PATH": "/bin"},
        image=image,
        patience=0.05,
    )


def changes(run: FakeRun) -> list[str]:
    return [line.split(" --")[0] for line in run.lines("kind create *", "kind delete *", "docker start *")]


def ensure(folder: Path, run: FakeRun, made_from: str = MADE_FROM) -> tuple[bool, list[str]]:
    said: list[str] = []
    return cluster(folder, run).ensure(made_from, said.append), said


def test_a_missing_cluster_is_made(tmp_path: Path) -> None:
    run = FakeRun(SCRIPT)
    assert ensure(tmp_path, run) == (True, [])
    assert changes(run) == ["kind create cluster"]
    assert (tmp_path / "made").read_text() == MADE_FROM


def test_a_finished_cluster_stays_and_is_started(tmp_path: Path) -> None:
    (tmp_path / "made").write_text(MADE_FROM)
    run = FakeRun(SCRIPT).answers(THERE)
    assert ensure(tmp_path, run) == (False, [])
    assert changes(run) == ["docker start shop-control-plane"]
    assert run.made("kind export kubeconfig *")


def test_every_node_is_started(tmp_path: Path) -> None:
    (tmp_path / "made").write_text(MADE_FROM)
    run = FakeRun(SCRIPT).answers({**THERE, "kind get nodes *": "shop-control-plane\nshop-worker\n"})
    ensure(tmp_path, run)
    assert changes(run) == ["docker start shop-control-plane shop-worker"]


def test_one_that_takes_its_time_to_wake_up_stays(tmp_path: Path) -> None:
    (tmp_path / "made").write_text(MADE_FROM)
    waking = in_turn(failing("connection refused"), FRESH)
    run = FakeRun(SCRIPT).answers({**THERE, "kubectl * get nodes *": waking})
    found = cluster(tmp_path, run)
    patient = KindCluster(**{**vars(found), "patience": 5.0})
    assert not patient.ensure(MADE_FROM, print)
    assert len(run.made("kubectl * get nodes *")) == 2


def test_a_half_made_cluster_is_made_anew(tmp_path: Path) -> None:
    run = FakeRun(SCRIPT).answers(THERE)
    made, said = ensure(tmp_path, run)
    assert made
    assert said == ["cluster shop is half made, broken or of another configuration: making it anew"]
    assert changes(run) == ["kind delete cluster", "kind create cluster"]


def test_a_cluster_of_another_configuration_is_made_anew(tmp_path: Path) -> None:
    (tmp_path / "made").write_text("another")
    run = FakeRun(SCRIPT).answers(THERE)
    assert ensure(tmp_path, run)[0]
    assert changes(run) == ["kind delete cluster", "kind create cluster"]
    assert (tmp_path / "made").read_text() == MADE_FROM


@pytest.mark.parametrize(
    "broken",
    [
        {"docker start *": failing("no such container")},
        {"kind export kubeconfig *": failing("no nodes")},
        {"kubectl * get nodes *": failing("connection refused")},
        {"kubectl * get nodes *": nodes("True", "Unknown")},
        {"kubectl * get nodes *": json.dumps({"items": [{"status": {}}]})},
        {"kubectl * get nodes *": json.dumps({"items": []})},
    ],
)
def test_a_broken_cluster_is_made_anew(tmp_path: Path, broken: dict[str, Answer]) -> None:
    (tmp_path / "made").write_text(MADE_FROM)
    run = FakeRun(SCRIPT).answers({**THERE, **broken})
    assert ensure(tmp_path, run)[0]
    assert run.lines("kind create *", "kind delete *")[0].startswith("kind delete cluster --name shop")
    assert len(run.made("kind create *")) == 1


def test_nothing_half_made_is_left_and_kind_says_why(tmp_path: Path) -> None:
    run = FakeRun(SCRIPT).answers({"kind create *": failing("port is already allocated")})
    with pytest.raises(MeshrigError, match="port is already allocated"):
        ensure(tmp_path, run)
    assert changes(run) == ["kind create cluster", "kind delete cluster"]
    assert not (tmp_path / "made").exists()


def test_why_it_could_not_be_made_is_told_even_when_nothing_can_be_removed(tmp_path: Path) -> None:
    run = FakeRun(SCRIPT).answers({"kind create *": failing("no space left"), "kind delete *": failing("gone")})
    with pytest.raises(MeshrigError, match="no space left"):
        ensure(tmp_path, run)


def test_an_interrupted_removal_leaves_no_mark_of_a_finished_cluster(tmp_path: Path) -> None:
    (tmp_path / "made").write_text(MADE_FROM)
    with pytest.raises(MeshrigError):
        cluster(tmp_path, FakeRun({"kind delete *": failing()})).delete()
    assert not (tmp_path / "made").exists()


def test_kind_joins_the_network_with_docker_whatever_the_user_prefers(tmp_path: Path) -> None:
    run = FakeRun(SCRIPT)
    environment = {"KIND_EXPERIMENTAL_PROVIDER": "podman", "HOME": "/home/me"}
    cluster(tmp_path, run, "kindest/node:v1.33.1", environment).ensure(MADE_FROM, print)
    (create,) = run.made("kind create *")
    assert create.argv[-2:] == ("--image", "kindest/node:v1.33.1")
    assert create.env == {
        "HOME": "/home/me",
        "KIND_EXPERIMENTAL_PROVIDER": "docker",
        "KIND_EXPERIMENTAL_DOCKER_NETWORK": "meshrig-shop",
    }
    (listing,) = run.made("kind get clusters")
    assert listing.env is not None
    assert listing.env["KIND_EXPERIMENTAL_PROVIDER"] == "docker"


def test_what_is_behind_the_eks_cluster(tmp_path: Path) -> None:
    found = cluster(tmp_path, FakeRun({"kubectl * get --raw /version": '{"major": "1", "minor": "34+"}'}))
    found.kubeconfig.write_text(
        "clusters: [{name: kind-shop, cluster: {server: 'https://127.0.0.1:4', certificate-authority-data: Q0E=}}]"
    )
    assert found.backing() == ("https://127.0.0.1:4", "Q0E=")
    assert found.version() == "1.34"
    assert found.node == "shop-control-plane"


@pytest.mark.parametrize("text", ["", "clusters: []", "clusters: [{}]", "[", "clusters: {a: 1}"])
def test_a_kubeconfig_that_says_nothing_is_an_error_of_ours(tmp_path: Path, text: str) -> None:
    found = cluster(tmp_path, FakeRun())
    found.kubeconfig.write_text(text)
    with pytest.raises(MeshrigError, match="is not what kind writes"):
        found.backing()


def test_neighbours_are_reached_without_the_proxy() -> None:
    environment = {"https_proxy": "http://proxy:3128", "no_proxy": "localhost,.corp"}
    found = exempt_from_proxy(environment, ["localstack", "meshrig"])
    assert found["NO_PROXY"] == found["no_proxy"] == "localhost,.corp,localstack,meshrig"
    assert found["https_proxy"] == "http://proxy:3128"


def test_without_a_proxy_the_environment_stays() -> None:
    assert exempt_from_proxy({"HTTP_PROXY": "", "A": "b"}, ["x"]) == {"HTTP_PROXY": "", "A": "b"}
