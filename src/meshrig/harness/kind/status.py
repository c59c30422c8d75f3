"""What runs where in a kind system, in the shape that every runtime's status has."""

from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import Any

from meshrig import shell
from meshrig.errors import InvalidInputError, MeshrigError
from meshrig.harness.kind.layout import Layout, Ports, allocate_ports, endpoint_url, find_existing
from meshrig.model.project import Project
from meshrig.read.project import read_project
from meshrig.runtime.kind.cluster_config import host_ports, read_cluster_file
from meshrig.settings import LOOPBACK, places
from meshrig.shell import Run

Json = dict[str, Any]


def status(project_file: Path, run: Run = shell.run) -> Json | None:
    """None where nothing of this project runs in kind, or Docker or kind is not there.

    Raises InvalidInputError for a wrong project file.
    """
    try:
        layout = find_existing(places(project_file.parent.resolve()), run)
    except InvalidInputError:
        return None
    if layout is None:
        return None
    project = read_project(project_file)
    ports, _ = allocate_ports(layout, host_ports(read_cluster_config(project)))
    return describe(project, layout, ports)


def read_cluster_config(project: Project) -> Json:
    """The project's kind configuration; empty where it names none."""
    file = project.cluster_file
    return read_cluster_file(file, project.shown(file)) if file else {}


def describe(project: Project, layout: Layout, ports: Ports) -> Json | None:
    """Containers and pods with their state, the endpoints, and what the keeper knows; None without containers."""
    compose = layout.compose({})
    services = compose.services()
    if not services:
        return None
    rows = [_container_row(each.name, each.state, each.health, ports) for each in services]
    rows += list(_pod_rows(layout))
    keeper = _ask_keeper(layout)
    base = f"http://{LOOPBACK}:{ports.edge}"
    edge = keeper.get("edge", {})
    return {
        "runtime": "kind",
        "daemon": {"state": "up" if keeper.get("state") == "up" else "starting"},
        "processes": rows,
        "project": project.name,
        "cluster": layout.name,
        "kubeconfig": str(layout.kubeconfig),
        "endpoint_url": endpoint_url(ports),
        "ecr": f"localhost:{ports.ecr}",
        "region": project.region,
        "stack": keeper.get("stack", {}),
        "mesh": keeper.get("mesh", ""),
        "invoke_urls": {name: f"{base}/{stage}" for name, stage in keeper.get("stages", {}).items()},
        "proxies": [{"process": "edge", "rejected": edge.get("rejected", [])}] if edge else [],
        "not_honoured": [],
        "warnings": keeper.get("warnings", []),
    }


def _ask_keeper(layout: Layout) -> Json:
    try:
        return next(layout.compose({}).ask_keeper({"path": "/v1/status"}), {})
    except MeshrigError:
        return {}


def _container_row(name: str, state: str, health: str, ports: Ports) -> Json:
    published = {"edge": {"http": ports.edge}, "localstack": {"gateway": ports.aws, "ecr": ports.ecr}}
    shown = "ready" if state == "running" and health in ("", "healthy") else health or state
    return {"name": name, "kind": "container", "state": shown, "ports": published.get(name, {})}


def _pod_rows(layout: Layout) -> Iterator[Json]:
    try:
        pods = layout.kubectl.get("pods", "--all-namespaces", "--request-timeout=10s")["items"]
    except MeshrigError:
        yield {"name": layout.cluster().node, "kind": "cluster", "state": "unreachable", "ports": {}}
        return
    for pod in sorted(pods, key=lambda p: (p["metadata"]["namespace"], p["metadata"]["name"])):
        if pod["metadata"]["namespace"] not in ("kube-system", "local-path-storage"):
            yield _pod_row(pod)


def _pod_row(pod: Json) -> Json:
    statuses = [
        *pod["status"].get("containerStatuses", ()),
        *(s for s in pod["status"].get("initContainerStatuses", ()) if s.get("started")),
    ]
    ready = bool(statuses) and all(each["ready"] for each in statuses)
    waits = [each["state"]["waiting"] for each in statuses if "waiting" in each.get("state", {})]
    waiting = [str(each["reason"]) for each in waits if "reason" in each]
    state = "ready" if ready else (waiting or [str(pod["status"].get("phase", "unknown")).lower()])[0]
    started = pod["status"].get("startTime")
    row: Json = {
        "name": f"{pod['metadata']['namespace']}/{pod['metadata']['name']}",
        "kind": "pod",
        "state": state,
        "restarts": sum(each["restartCount"] for each in statuses),
        "ports": {},
    }
    return row | ({"since": datetime.fromisoformat(started).timestamp()} if started else {})
