"""compose/compose.yaml, started alone under names and ports of its own."""

import json
import os
import socket
import uuid
from collections.abc import Mapping
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import requests

from meshrig.harness.client import take_events
from meshrig.harness.keeper.store import to_json
from meshrig.harness.localstack import Clients
from meshrig.model.desired import DesiredState
from meshrig.runtime.kind.compose import Compose
from meshrig.runtime.kind.images import remove_images, repository_tags
from meshrig.shell import run

ROOT = Path(__file__).parents[3]
REGION = "us-east-1"
PYTHON = "python:3.13-slim"
# Answers any path with that path, as the ingress of a cluster would on its NodePort.
_NODE = """
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
class Handler(BaseHTTPRequestHandler):
    def do_GET(self):
        body = ("node " + self.path).encode()
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)
ThreadingHTTPServer(("0.0.0.0", 30080), Handler).serve_forever()
"""


@dataclass(frozen=True)
class ComposeSystem:
    """``name`` is the compose project's, and its network's."""

    name: str
    aws_port: int
    ecr_port: int
    edge_port: int

    @property
    def node(self) -> str:
        return f"{self.name}-control-plane"

    @property
    def variables(self) -> dict[str, str]:
        """What compose.yaml asks for."""
        return {
            "MESHRIG_COMPOSE_PROJECT": self.name,
            "MESHRIG_NETWORK": self.name,
            "MESHRIG_LOCALSTACK_IMAGE": f"{self.name}/localstack:test",
            "MESHRIG_IMAGE": f"{self.name}/meshrig:test",
            "MESHRIG_AWS_PORT": str(self.aws_port),
            "MESHRIG_ECR_PORT": str(self.ecr_port),
            "MESHRIG_EDGE_PORT": str(self.edge_port),
            "MESHRIG_EKS_BACKED": "1",
        }

    @property
    def compose(self) -> Compose:
        file = ROOT / "compose" / "compose.yaml"
        return Compose(run, file, self.name, self.name, {**os.environ, **self.variables})

    @property
    def clients(self) -> Clients:
        return Clients(f"http://127.0.0.1:{self.aws_port}", REGION)

    def get(self, path: str) -> tuple[int, str]:
        """Status and body, of the edge; status 0 where nothing answers."""
        try:
            answer = requests.get(f"http://127.0.0.1:{self.edge_port}{path}", timeout=5)
        except requests.ConnectionError as error:
            return 0, str(error)
        return answer.status_code, answer.text

    def keep(self, desired: DesiredState) -> tuple[Mapping[str, Any], list[str]]:
        """Hand it to the keeper as ``meshrig up`` does; the status it ends with, and what it said."""
        said: list[str] = []
        request = {"path": "/v1/converge", "body": to_json(desired)}
        return take_events(self.compose.ask_keeper(request), said.append, "the keeper"), said

    def container(self, service: str) -> str:
        return next(each.container for each in self.compose.services() if each.name == service)

    def inspect(self, service: str) -> dict[str, Any]:
        found: dict[str, Any] = json.loads(docker("inspect", self.container(service)))[0]
        return found

    def start_node(self) -> str:
        """A container that stands for the cluster's node; its name."""
        docker("run", "--detach", "--name", self.node, "--network", self.name, PYTHON, "python", "-c", _NODE)
        return self.node

    def remove(self) -> None:
        """Whatever of it there is."""
        with ExitStack() as steps:
            steps.callback(remove_images, run, repository_tags(run, f"{self.name}/"))
            steps.callback(self.compose.down)
            steps.callback(docker, "rm", "--force", "--volumes", self.node)


def docker(*arguments: str, stdin: str | None = None) -> str:
    return run(["docker", *arguments], what=f"docker {arguments[0]}", stdin=stdin).strip()


def new_system() -> ComposeSystem:
    """A name and ports that nobody has."""
    with ExitStack() as stack:
        probes = [stack.enter_context(socket.socket()) for _ in range(3)]
        for probe in probes:
            probe.bind(("127.0.0.1", 0))
        aws, ecr, edge = (int(probe.getsockname()[1]) for probe in probes)
    return ComposeSystem(f"meshrig-test-{uuid.uuid4().hex[:8]}", aws, ecr, edge)
