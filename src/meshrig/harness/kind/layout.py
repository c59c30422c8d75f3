"""Names, folders and ports of one project's kind system, the same at each run."""

import hashlib
import os
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from meshrig.certs.files import write_private
from meshrig.harness.prepare import plugin_folder
from meshrig.model.project import Project
from meshrig.runtime.kind.cluster import KindCluster
from meshrig.runtime.kind.compose import Compose
from meshrig.runtime.kind.kubectl import Kubectl
from meshrig.runtime.kind.tools import Tools
from meshrig.runtime.process.ports import PortAllocator
from meshrig.settings import EDGE_PORT, LOCALSTACK_PORT, LOOPBACK, Places

ECR_PORT = 4510
NODE_IMAGE_VARIABLE = "KIND_NODE_IMAGE"
_PREFIX = "meshrig-"


@dataclass(frozen=True)
class Ports:
    """Ports of this machine. ``cluster``: host port in kind/cluster.yaml -> the one used."""

    edge: int
    aws: int
    ecr: int
    cluster: Mapping[int, int]


@dataclass(frozen=True)
class Layout:
    """``name`` names the cluster; the compose project, the network and built images carry ``meshrig-<name>``."""

    project: Project
    places: Places
    folder: Path
    name: str
    tools: Tools

    @property
    def kubeconfig(self) -> Path:
        return self.folder / "kubeconfig"

    @property
    def node_folder(self) -> Path:
        """Mounted into the node."""
        return self.folder / "node"

    @property
    def image_prefix(self) -> str:
        return f"{_PREFIX}{self.name}/"

    @cached_property
    def checkout(self) -> Path:
        """Where compose/ and the images' sources are."""
        return plugin_folder().parent

    @cached_property
    def node_password(self) -> str:
        """What lets the node pull; made once."""
        file = self.folder / "node-password"
        if not file.exists():
            write_private(file, secrets.token_urlsafe(24))
        return file.read_text()

    @property
    def kubectl(self) -> Kubectl:
        return Kubectl(self.tools.run, self.kubeconfig)

    def cluster(self) -> KindCluster:
        return KindCluster(
            run=self.tools.run,
            name=self.name,
            config=self.folder / "cluster.yaml",
            kubeconfig=self.kubeconfig,
            network=f"{_PREFIX}{self.name}",
            marker=self.folder / "cluster.made",
            environment=os.environ,
            image=os.environ.get(NODE_IMAGE_VARIABLE, ""),
        )

    def compose(self, variables: Mapping[str, str]) -> Compose:
        """``variables`` of compose.yaml besides those of every run."""
        names = {"MESHRIG_COMPOSE_PROJECT": f"{_PREFIX}{self.name}", "MESHRIG_NETWORK": f"{_PREFIX}{self.name}"}
        return Compose(
            run=self.tools.run,
            file=self.checkout / "compose" / "compose.yaml",
            project=f"{_PREFIX}{self.name}",
            network=f"{_PREFIX}{self.name}",
            environment={**os.environ, **names, **variables},
        )


def find_layout(project: Project, places: Places, tools: Tools) -> Layout:
    """The layout of an earlier run, else one whose names nobody else on this machine has."""
    folder = places.state / "kind"
    folder.mkdir(exist_ok=True, mode=0o700)
    remembered = folder / "name"
    if not remembered.exists():
        remembered.write_text(_choose_name(project, tools))
    return Layout(project, places, folder, remembered.read_text(), tools)


def find_existing(project: Project, places: Places, tools: Tools) -> Layout | None:
    """None where no run has left anything."""
    return find_layout(project, places, tools) if (places.state / "kind" / "name").exists() else None


def allocate_ports(layout: Layout, cluster_ports: tuple[int, ...], running: bool) -> tuple[Ports, PortAllocator]:
    """The ports of this run; ``running``: our containers hold those of last time. To be saved once they are in use."""
    file = layout.folder / "ports.json"
    allocator = PortAllocator(file)
    if running:
        allocator = PortAllocator(file, allocator.remembered())
    ports = Ports(
        edge=allocator.port("edge", EDGE_PORT),
        aws=allocator.port("localstack", LOCALSTACK_PORT),
        ecr=allocator.port("ecr", ECR_PORT),
        cluster={port: allocator.port(f"cluster:{port}", port) for port in cluster_ports},
    )
    return ports, allocator


def endpoint_url(ports: Ports) -> str:
    return f"http://{LOOPBACK}:{ports.aws}"


def _choose_name(project: Project, tools: Tools) -> str:
    """The project's name; where another folder has a cluster or containers of that name, with a mark of this one."""
    clusters = tools.run(["kind", "get", "clusters"], what="kind get clusters").split()
    filters = ["--filter", f"label=com.docker.compose.project={_PREFIX}{project.name}"]
    containers = tools.run(["docker", "ps", "--all", "--quiet", *filters], what="looking for containers")
    if project.name in clusters or containers.strip():
        return f"{project.name}-{hashlib.sha256(str(project.root).encode()).hexdigest()[:6]}"
    return project.name
