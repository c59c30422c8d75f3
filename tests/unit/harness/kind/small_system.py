"""A project of one service, and the commands of a machine where everything about it goes well."""

import json
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from meshrig.harness.kind.layout import Layout
from meshrig.runtime.kind.tools import Tools
from meshrig.settings import places
from tests.unit.fake_run import Answer, Call, FakeRun, failing
from tests.unit.harness.fake_aws import FakeAws

PROJECT = """project: shop
template: stack.yaml
stack: {name: shop}
manifests: [manifests]
images:
  users-service: {context: services/users, repository: Users}
  tools: {context: services/tools}
kind: {cluster: cluster.yaml}
"""
TEMPLATE = "Resources:\n  Shop: {Type: AWS::EKS::Cluster}\n  Users: {Type: AWS::ECR::Repository}\n"
CLUSTER = (
    "kind: Cluster\nnodes: [{role: control-plane, extraPortMappings: [{containerPort: 30080, hostPort: 30080}]}]\n"
)
MANIFESTS = """apiVersion: v1
kind: Service
metadata: {name: users-service, namespace: shop}
spec: {selector: {app: users}, ports: [{port: 8080}]}
---
apiVersion: apps/v1
kind: Deployment
metadata: {name: users, namespace: shop}
spec:
  selector: {matchLabels: {app: users}}
  template:
    metadata: {labels: {app: users}}
    spec: {containers: [{name: users, image: users-service, ports: [{containerPort: 8080}]}]}
---
apiVersion: v1
kind: Namespace
metadata: {name: shop}
"""
KUBECONFIG = "clusters: [{name: a, cluster: {server: 'https://127.0.0.1:6', certificate-authority-data: Q0E=}}]\n"
KEPT = {"state": "up", "stack": {"name": "shop"}, "mesh": "shop", "stages": {"shop": "prod"}, "edge": {"rejected": []}}
POD = {
    "metadata": {"name": "users-1", "namespace": "shop"},
    "status": {
        "phase": "Running",
        "startTime": "2026-01-01T00:00:00Z",
        "containerStatuses": [{"ready": True, "restartCount": 2, "state": {"running": {}}}],
        "initContainerStatuses": [
            {"ready": True, "restartCount": 0, "started": False, "state": {"terminated": {}}},
            {"ready": True, "restartCount": 1, "started": True, "state": {"running": {}}},
        ],
    },
}
SERVICES = ("edge", "localstack", "meshrig", "registry")


def write_project(folder: Path) -> Path:
    """Its file."""
    for name in ("users", "tools"):
        (folder / "services" / name).mkdir(parents=True)
        (folder / "services" / name / "Dockerfile").write_text("FROM scratch\n")
    (folder / "manifests").mkdir()
    (folder / "manifests" / "all.yaml").write_text(MANIFESTS)
    (folder / "stack.yaml").write_text(TEMPLATE)
    (folder / "cluster.yaml").write_text(CLUSTER)
    (folder / "meshrig.yaml").write_text(PROJECT)
    return folder / "meshrig.yaml"


def remember_name(project: Path, name: str = "shop") -> Path:
    """As an earlier run did; the folder of what it keeps."""
    folder = project.parent / ".meshrig" / "kind"
    folder.mkdir(parents=True)
    (folder / "name").write_text(name)
    return folder


def layout_of(project: Path, run: FakeRun, name: str = "shop") -> Layout:
    return Layout(places(project.parent), name, Tools(run, "unix:///d.sock"))


def running(services: Iterable[str] = SERVICES) -> str:
    """Of ``docker compose ps``."""
    states = {"State": "running", "Health": "healthy", "Image": "x"}
    return "".join(json.dumps({"Service": n, "Name": f"meshrig-shop-{n}-1", **states}) + "\n" for n in services)


@dataclass
class Machine:
    """A machine with Docker and kind. ``aws`` answers at the port that compose publishes."""

    aws: FakeAws
    project: Path

    def run(self, changes: dict[str, Answer] | None = None) -> FakeRun:
        script: dict[str, Answer] = {
            "docker version *": "28.0",
            "docker compose version *": "2.40",
            "kind version": "0.31",
            "kubectl version *": "1.34",
            "docker context inspect *": "unix:///d.sock",
            "kind get clusters": "",
            "docker ps --all *": "",
            "docker ps --filter label=com.docker.compose.project=meshrig-shop *": self._published(),
            "docker ps --filter *": "",
            "docker network inspect *": "[]",
            "docker network ls *": "",
            "docker network create *": "",
            "kind create cluster *": self._create,
            "kind delete cluster *": "",
            "kubectl * get --raw /version": '{"major": "1", "minor": "34"}',
            "kubectl * get pods *": json.dumps({"items": [POD]}),
            "kubectl * apply *": "",
            "kubectl * delete *": "",
            "kubectl * rollout status *": "",
            "docker image inspect *": failing("no such image"),
            "docker image ls *": json.dumps({"Repository": "meshrig-shop/envoy", "Tag": "1"}) + "\n",
            "docker image rm *": "",
            "docker build *": "",
            "docker tag *": "",
            "docker login *": "",
            "docker push *": self._push,
            "docker compose * up *": "",
            "docker compose * down *": "",
            "docker compose * ps *": running(),
            "docker compose * exec *": self._ask_keeper,
            "git status *": " M app.py",
        }
        return FakeRun(script).answers(changes or {})

    def _published(self) -> str:
        return json.dumps({"Ports": f"127.0.0.1:{self.aws.url.rpartition(':')[2]}->4566/tcp"}) + "\n"

    def _create(self, call: Call) -> str:
        Path(call.argv[call.argv.index("--kubeconfig") + 1]).write_text(KUBECONFIG)
        return ""

    def _push(self, call: Call) -> str:
        repository, _, tag = call.argv[-1].removeprefix("localhost:4510/").rpartition(":")
        self.aws.images[repository].add(tag)
        return ""

    def _ask_keeper(self, call: Call) -> str:
        request = json.loads(call.stdin or "")
        if request["path"] == "/v1/status":
            return json.dumps(KEPT)
        self._keep(request["body"])
        return '{"say": "stack shop CREATE_COMPLETE"}\n{"done": {}}\n'

    def _keep(self, desired: dict[str, Any]) -> None:
        """As the keeper would."""
        self.aws.make_stack(desired["stack"], desired["template_text"])
        for name in desired["repositories"]:
            self.aws.images.setdefault(name, set())
