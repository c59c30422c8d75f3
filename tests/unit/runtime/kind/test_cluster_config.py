import base64
import copy
import tomllib
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from meshrig.errors import InvalidInputError
from meshrig.runtime.kind.cluster_config import (
    WEBHOOK_FILE,
    build_cluster_config,
    host_ports,
    read_cluster_file,
    write_node_files,
)

FOLDER = Path("/project/.meshrig/kind/node")
PORTS = st.integers(1, 65_535)
MAPPINGS = st.lists(
    st.fixed_dictionaries({"containerPort": PORTS}, optional={"hostPort": PORTS, "listenAddress": st.just("0.0.0.0")})
)
NODES = st.lists(
    st.fixed_dictionaries(
        {"role": st.sampled_from(["control-plane", "worker"])},
        optional={
            "extraPortMappings": st.none() | MAPPINGS,
            "extraMounts": st.none()
            | st.lists(st.fixed_dictionaries({"hostPath": st.text(), "containerPath": st.text()})),
            "image": st.text(),
        },
    )
)
FILES = st.fixed_dictionaries(
    {"kind": st.just("Cluster"), "apiVersion": st.just("kind.x-k8s.io/v1alpha4")},
    optional={
        "name": st.text(),
        "nodes": st.none() | NODES,
        "networking": st.fixed_dictionaries({"ipFamily": st.just("ipv4")}),
        "containerdConfigPatches": st.none() | st.lists(st.text()),
        "kubeadmConfigPatches": st.none() | st.lists(st.text()),
    },
)


def built(base: dict[str, Any], moved: dict[int, int] | None = None) -> dict[str, Any]:
    return build_cluster_config(base, "shop", FOLDER, moved or {})


def kubeadm_patches(config: dict[str, Any]) -> dict[str, dict[str, Any]]:
    patches = [yaml.safe_load(text) for text in config["kubeadmConfigPatches"]]
    return {patch["apiVersion"]: patch["apiServer"] for patch in patches}


@given(FILES, st.dictionaries(PORTS, PORTS))
def test_all_that_the_user_wrote_stays_but_for_moved_ports(base: dict[str, Any], moved: dict[int, int]) -> None:
    before = copy.deepcopy(base)
    config = built(base, moved)
    assert base == before
    assert config["name"] == "shop"
    for key in ("kind", "apiVersion", "networking"):
        assert config.get(key) == base.get(key)
    for key in ("containerdConfigPatches", "kubeadmConfigPatches"):
        given_patches = base.get(key) or []
        assert config[key][: len(given_patches)] == given_patches
    nodes = base.get("nodes") or [{"role": "control-plane"}]
    assert len(config["nodes"]) == len(nodes)
    for node, wanted in zip(config["nodes"], nodes, strict=True):
        assert (node["role"], node.get("image")) == (wanted["role"], wanted.get("image"))
        assert node["extraMounts"][:-2] == (wanted.get("extraMounts") or [])
        ports = [dict(port) for port in wanted.get("extraPortMappings") or ()]
        for port in ports:
            if "hostPort" in port:
                port["hostPort"] = moved.get(port["hostPort"], port["hostPort"])
        assert node["extraPortMappings"] == ports


@given(FILES)
def test_the_ports_to_be_allocated_are_those_of_the_file(base: dict[str, Any]) -> None:
    moved = {port: port + 100_000 for port in host_ports(base)}
    assert all(port > 100_000 for port in host_ports(built(base, moved)))


def test_every_node_sees_the_webhook_and_the_registry() -> None:
    for node in built({"nodes": [{"role": "control-plane"}, {"role": "worker"}]})["nodes"]:
        assert node["extraMounts"] == [
            {"hostPath": str(FOLDER), "containerPath": "/etc/meshrig", "readOnly": True},
            {"hostPath": str(FOLDER / "certs.d"), "containerPath": "/etc/containerd/certs.d", "readOnly": True},
        ]
    (patch,) = built({})["containerdConfigPatches"]
    registry = tomllib.loads(patch)["plugins"]["io.containerd.grpc.v1.cri"]["registry"]
    assert registry == {"config_path": "/etc/containerd/certs.d"}


def test_the_api_server_asks_the_webhook_in_each_version_of_kubeadm() -> None:
    patches = kubeadm_patches(built({}))
    wanted = {
        "authentication-token-webhook-config-file": f"/etc/meshrig/{WEBHOOK_FILE}",
        "authentication-token-webhook-version": "v1",
        "authentication-token-webhook-cache-ttl": "30s",
    }
    assert patches["kubeadm.k8s.io/v1beta3"]["extraArgs"] == wanted
    listed = patches["kubeadm.k8s.io/v1beta4"]["extraArgs"]
    assert {each["name"]: each["value"] for each in listed} == wanted
    for api_server in patches.values():
        (volume,) = api_server["extraVolumes"]
        assert volume["hostPath"] == volume["mountPath"] == "/etc/meshrig"
        assert volume["readOnly"]


def test_a_file_is_read(tmp_path: Path) -> None:
    file = tmp_path / "cluster.yaml"
    file.write_text("kind: Cluster\nnodes:\n- role: control-plane\n  extraPortMappings: [{hostPort: 30080}]\n")
    assert host_ports(read_cluster_file(file, "cluster.yaml")) == (30080,)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("kind: Pod", "cluster.yaml: not a kind configuration"),
        ("- a", "cluster.yaml: not a kind configuration"),
        ("", "cluster.yaml: not a kind configuration"),
        ("kind: Cluster\nnodes: [\n", "cluster.yaml:3: "),
        ("kind: Cluster\nnodes: 3", "cluster.yaml: nodes: must be a list"),
        ("kind: Cluster\nkubeadmConfigPatches: a", "cluster.yaml: kubeadmConfigPatches: must be a list"),
        ("kind: Cluster\nnodes: [worker]", r"cluster.yaml: nodes\[0\]: must be a mapping"),
        ("kind: Cluster\nnodes: [{extraMounts: /x}]", r"nodes\[0\].extraMounts: must be a list of mappings"),
        ("kind: Cluster\nnodes: [{extraPortMappings: [80]}]", r"nodes\[0\].extraPortMappings: must be a list"),
        ("kind: Cluster\nnodes: [{extraPortMappings: [{hostPort: http}]}]", "hostPort must be a number"),
    ],
)
def test_a_wrong_file_is_said_to_be_so(tmp_path: Path, text: str, said: str) -> None:
    file = tmp_path / "cluster.yaml"
    file.write_text(text)
    with pytest.raises(InvalidInputError, match=said):
        read_cluster_file(file, "cluster.yaml")


def test_a_file_that_is_no_text_or_not_there_is_said_to_be_so(tmp_path: Path) -> None:
    file = tmp_path / "cluster.yaml"
    with pytest.raises(InvalidInputError, match=r"cluster.yaml: No such file"):
        read_cluster_file(file, "cluster.yaml")
    file.write_bytes(b"kind: \xff")
    with pytest.raises(InvalidInputError, match=r"cluster.yaml: not UTF-8"):
        read_cluster_file(file, "cluster.yaml")


def test_what_a_node_finds(tmp_path: Path) -> None:
    mirrors = {"1.dkr.ecr.eu-west-1.amazonaws.com": "http://localstack:4510", "localhost:4510": "http://l:1/v2/0/r"}
    write_node_files(tmp_path / "node", "https://meshrig:9443/authenticate", "PEM", mirrors, "secret")
    write_node_files(tmp_path / "node", "https://meshrig:9443/authenticate", "PEM", mirrors, "secret")
    webhook = yaml.safe_load((tmp_path / "node" / WEBHOOK_FILE).read_text())
    (cluster,) = webhook["clusters"]
    assert cluster["cluster"]["server"] == "https://meshrig:9443/authenticate"
    assert base64.b64decode(cluster["cluster"]["certificate-authority-data"]) == b"PEM"
    context = next(each for each in webhook["contexts"] if each["name"] == webhook["current-context"])
    assert context["context"] == {"cluster": cluster["name"], "user": webhook["users"][0]["name"]}

    hosts = tmp_path / "node" / "certs.d"
    plain = tomllib.loads((hosts / "1.dkr.ecr.eu-west-1.amazonaws.com" / "hosts.toml").read_text())
    assert plain["server"] == "http://localstack:4510"
    host = plain["host"]["http://localstack:4510"]
    assert host["capabilities"] == ["pull", "resolve"]
    assert base64.b64decode(host["header"]["Authorization"].removeprefix("Basic ")) == b"AWS:secret"
    assert "override_path" not in host
    with_path = tomllib.loads((hosts / "localhost:4510" / "hosts.toml").read_text())["host"]["http://l:1/v2/0/r"]
    assert with_path["override_path"] is True
