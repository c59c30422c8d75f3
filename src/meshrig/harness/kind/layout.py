"""Names, folders and ports of one project's kind system, the same at each run."""

import contextlib
import hashlib
import os
import re
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from meshrig.certs.files import write_private
from meshrig.harness.prepare import plugin_folder
from meshrig.model.project import Project
from meshrig.runtime.kind.cluster import KindCluster, cluster_names, exempt_from_proxy
from meshrig.runtime.kind.compose import Compose
from meshrig.runtime.kind.kubectl import Kubectl
from meshrig.runtime.kind.ownership import networks_of, ownership_label
from meshrig.runtime.kind.published import published_ports
from meshrig.runtime.kind.tools import Tools, find_tools
from meshrig.runtime.process.ports import PortAllocator
from meshrig.settings import EDGE_PORT, LOCALSTACK_PORT, LOOPBACK, Places
from meshrig.shell import CommandError, Run

ECR_PORT = 4510
NODE_IMAGE_VARIABLE = "KIND_NODE_IMAGE"
_PREFIX = "meshrig-"
# Names of containers are made of it, and a node's host name may have 63 characters.
_LONGEST_NAME = 40
# Containers of compose that the node talks to.
_NEIGHBOURS = ("localstack", "meshrig")


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

    places: Places
    name: str
    tools: Tools

    @property
    def folder(self) -> Path:
        return _folder(self.places)

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
            environment=exempt_from_proxy(os.environ, _NEIGHBOURS),
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
            labels=ownership_label(self.places.root),
        )


def find_layout(project: Project, places: Places, run: Run) -> Layout:
    """The layout of an earlier run, else one whose names nobody else on this machine has.

    Raises InvalidInputError for everything that isn't installed.
    """
    if found := find_existing(places, run):
        return found
    tools = find_tools(run)
    _folder(places).mkdir(exist_ok=True, mode=0o700)
    found = find_abandoned(places, tools) or _claim_name(project, places, tools)
    write_private(_name_file(places), found.name)
    return found


def find_existing(places: Places, run: Run) -> Layout | None:
    """None where no run has left anything, whatever is installed. The project's own files are not looked at: they may
    be broken, or gone, when somebody wants to remove what they made."""
    file = _name_file(places)
    name = file.read_text().strip() if file.exists() else ""
    return Layout(places, name, find_tools(run)) if name else None


def find_abandoned(places: Places, tools: Tools) -> Layout | None:
    """What an earlier run made here, though what it kept is gone."""
    names = networks_of(places.root, tools.run)
    return Layout(places, names[0].removeprefix(_PREFIX), tools) if names else None


def allocate_ports(layout: Layout, cluster_ports: tuple[int, ...]) -> tuple[Ports, PortAllocator]:
    """The ports of this run; those that our containers hold stay theirs. To be saved once they are in use."""
    labels = (f"com.docker.compose.project={_PREFIX}{layout.name}", f"io.x-k8s.kind.cluster={layout.name}")
    allocator = PortAllocator(layout.folder / "ports.json", published_ports(layout.tools.run, labels))
    ports = Ports(
        edge=allocator.port("edge", EDGE_PORT),
        aws=allocator.port("localstack", LOCALSTACK_PORT),
        ecr=allocator.port("ecr", ECR_PORT),
        cluster={port: allocator.port(f"cluster:{port}", port) for port in cluster_ports},
    )
    return ports, allocator


def endpoint_url(ports: Ports) -> str:
    return f"http://{LOOPBACK}:{ports.aws}"


def _folder(places: Places) -> Path:
    return places.state / "kind"


def _name_file(places: Places) -> Path:
    return _folder(places) / "name"


def _claim_name(project: Project, places: Places, tools: Tools) -> Layout:
    """The project's name as kind and compose allow one; where another folder has a cluster, containers or the network
    of that name, with a mark of this folder. The network is made at once: two folders that choose at the same moment
    must not end up with one cluster."""
    name = re.sub(r"[^a-z0-9]+", "-", project.name.lower()).strip("-")[:_LONGEST_NAME].strip("-") or "project"
    plain = Layout(places, name, tools)
    filters = ["--filter", f"label=com.docker.compose.project={_PREFIX}{name}"]
    containers = tools.run(["docker", "ps", "--all", "--quiet", *filters], what="looking for containers")
    if name not in cluster_names(tools.run, os.environ) and not containers.strip():
        with contextlib.suppress(CommandError):
            plain.compose({}).make_network()
            return plain
    mark = hashlib.sha256(str(project.root).encode()).hexdigest()[:6]
    return Layout(places, f"{name}-{mark}", tools)
