"""Run scenarios against the running local system."""

import asyncio
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from meshrig.certs.authority import CertificateAuthority, IssuedCertificate
from meshrig.errors import MeshrigError
from meshrig.harness import local
from meshrig.harness.localstack import Clients
from meshrig.names import spiffe_id
from meshrig.read.project import read_project
from meshrig.scenario.context import ProxyAccess, ScenarioContext
from meshrig.scenario.definition import Scenario
from meshrig.scenario.reader import read_scenario
from meshrig.scenario.result import ScenarioResult
from meshrig.scenario.runner import run_scenario
from meshrig.settings import LOOPBACK, places

Say = Callable[[str], None]
_LONG_AGO = timedelta(days=2)


@dataclass(frozen=True)
class LocalCertificates:
    """Client certificates of this project's CA, good ones and bad ones."""

    authority: CertificateAuthority
    mesh: str
    hostnames: Mapping[str, str | None]

    def issue(self, kind: str, virtual_node: str) -> IssuedCertificate:
        """``kind`` as in a scenario's handshake. Raises MeshrigError for a virtual node that has no sidecar."""
        if virtual_node not in self.hostnames:
            raise MeshrigError(f"no virtual node {virtual_node} runs here")
        hostname = self.hostnames[virtual_node]
        dns, uris = ((hostname,) if hostname else ()), (spiffe_id(self.mesh, virtual_node),)
        if kind == "wrong_san":
            return self.authority.issue(virtual_node, ("intruder.example",))
        if kind == "expired":
            return self.authority.issue(
                virtual_node, dns, uris, lifetime=timedelta(hours=1), not_before=datetime.now(UTC) - _LONG_AGO
            )
        if kind == "other_ca":
            return CertificateAuthority.create("another CA").issue(virtual_node, dns, uris)
        if kind == "self_signed":
            return CertificateAuthority.self_signed(virtual_node, dns, uris)
        return self.authority.issue(virtual_node, dns, uris)


def run_scenarios(project_file: Path, files: tuple[Path, ...], say: Say) -> Iterator[ScenarioResult]:
    """Run each scenario in turn. Raises InvalidInputError before the first for any file that is wrong."""
    project = read_project(project_file)
    scenarios = [read_scenario(file) for file in files or project.scenarios]
    status = local.status(project_file)
    if not status or status["daemon"]["state"] != "up":
        raise MeshrigError("the system is not running", hint="start it with: meshrig up")
    context = _context(project_file, status)
    for scenario in scenarios:
        yield _run(scenario, context, say)


def _run(scenario: Scenario, context: ScenarioContext, say: Say) -> ScenarioResult:
    return asyncio.run(run_scenario(scenario, context, say))


def _context(project_file: Path, status: dict[str, Any]) -> ScenarioContext:
    clients = Clients(status["endpoint_url"], status["region"])
    mesh = status["mesh"]
    authority = CertificateAuthority.create_or_load(places(project_file.parent).state / "ca")
    hostnames = {proxy["virtual_node"]: proxy["hostname"] for proxy in status["proxies"] if proxy["virtual_node"]}
    proxies = {}
    for proxy in status["proxies"]:
        inbound = [port for role, port in proxy["ports"].items() if role.startswith("inbound:")]
        if proxy["virtual_node"] and inbound:
            proxies[proxy["virtual_node"]] = ProxyAccess((LOOPBACK, inbound[0]), Path(proxy["admin"]))
    return ScenarioContext(
        invoke_url=next(iter(status["invoke_urls"].values())),
        appmesh=clients.get("appmesh"),
        mesh_name=mesh,
        proxies=proxies,
        certificates=LocalCertificates(authority, mesh, hostnames),
    )
