"""Run scenarios against the running local system."""

import asyncio
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from meshrig.certs.authority import CertificateAuthority
from meshrig.errors import MeshrigError
from meshrig.harness import local
from meshrig.harness.localstack import Clients
from meshrig.read.project import read_project
from meshrig.scenario.context import ProxyAccess, ScenarioContext
from meshrig.scenario.definition import Scenario
from meshrig.scenario.reader import read_scenario
from meshrig.scenario.result import ScenarioResult
from meshrig.scenario.runner import run_scenario
from meshrig.settings import LOOPBACK, places

Say = Callable[[str], None]


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
    proxies = {}
    for proxy in status["proxies"]:
        inbound = [port for role, port in proxy["ports"].items() if role.startswith("inbound:")]
        if proxy["virtual_node"] and inbound:
            proxies[proxy["virtual_node"]] = ProxyAccess((LOOPBACK, inbound[0]), proxy["admin"])
    return ScenarioContext(
        invoke_url=next(iter(status["invoke_urls"].values())),
        appmesh=clients.get("appmesh"),
        mesh_name=mesh,
        proxies=proxies,
        certificates=authority,
    )
