"""What runs where, as one JSON-able value."""

from dataclasses import asdict
from typing import Any

from meshrig.harness.proxies import admin_socket
from meshrig.harness.system import LocalSystem, Running


def describe(system: LocalSystem, version: str, pid: int) -> dict[str, Any]:
    """The daemon, its processes, the endpoints and the proxies' state."""
    running = system.running
    content: dict[str, Any] = {
        "version": version,
        "daemon": {
            "pid": pid,
            "state": "up" if running else "starting",
            "log": str(system.places.logs / "meshrig.log"),
        },
        "processes": [asdict(status) for status in system.supervisor.status()],
    }
    return content | (_describe_running(system, running) if running else {})


def _describe_running(system: LocalSystem, running: Running) -> dict[str, Any]:
    edge = running.placement.edge
    base = f"http://{edge.address}:{edge.port}"
    return {
        "project": running.inputs.project.name,
        "endpoint_url": running.clients.endpoint,
        "region": running.inputs.project.region,
        "stack": asdict(running.stack),
        "mesh": running.definitions.mesh.mesh.name,
        "invoke_urls": {name: f"{base}/{stage}" for name, stage in running.definitions.gateway.stages().items()},
        "proxies": [_describe_proxy(system, running, index) for index in range(len(running.proxies))],
        "not_honoured": list(running.notes),
        "warnings": [warning for proxy in running.proxies for warning in proxy.config.warnings],
    }


def _describe_proxy(system: LocalSystem, running: Running, index: int) -> dict[str, Any]:
    proxy = running.proxies[index]
    status = system.control_plane.status(proxy.config.node_id)
    node = next((p.virtual_node for p in running.placement.pods if p.pod.name == proxy.pod), None)
    nodes = running.definitions.mesh.virtual_nodes
    return {
        "process": proxy.process,
        "pod": proxy.pod,
        "node_id": proxy.config.node_id,
        "virtual_node": node,
        "hostname": nodes[node].hostname if node and node in nodes else None,
        "ports": dict(proxy.ports),
        "admin": str(admin_socket(system.places, proxy.process)),
        "connected": status.connected,
        "rejected": [f"{', '.join(nack.resource_names)}: {nack.detail}" for nack in status.nacks],
    }
