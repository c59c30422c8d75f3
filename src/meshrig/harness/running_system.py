"""The running system of each runtime, as scenarios need it."""

from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from meshrig.errors import InvalidInputError, MeshrigError, Problem
from meshrig.harness import local
from meshrig.harness.kind import status as kind_status
from meshrig.located.fields import did_you_mean
from meshrig.scenario.cluster import ClusterAccess
from meshrig.scenario.context import MeshAccess
from meshrig.scenario.kubectl import KubectlCommand
from meshrig.scenario.loopback import LoopbackAccess, ProxyAccess
from meshrig.settings import LOOPBACK


class NotRunningError(MeshrigError):
    """The project's system is not up in that runtime."""

    def __init__(self, runtime: str, hint: str) -> None:
        super().__init__(f"the system is not running in runtime {runtime}", hint=f"start it with: {hint}")


@dataclass(frozen=True)
class RunningSystem:
    """``invoke_url``: of the API's stage; ``endpoint_url``: of the AWS APIs; ``access``: the way to mesh ``mesh``."""

    runtime: str
    invoke_url: str
    endpoint_url: str
    region: str
    mesh: str
    access: MeshAccess


# Takes the project file. Raises NotRunningError.
FindSystem = Callable[[Path], RunningSystem]


def find_process_system(project_file: Path) -> RunningSystem:
    """The system whose daemon runs on this machine."""
    status = local.status(project_file)
    if not status or status["daemon"]["state"] != "up":
        raise NotRunningError("process", "meshrig up")
    return RunningSystem(
        runtime="process",
        invoke_url=next(iter(status["invoke_urls"].values())),
        endpoint_url=status["endpoint_url"],
        region=status["region"],
        mesh=status["mesh"],
        access=read_access(status),
    )


def read_access(status: Mapping[str, Any]) -> LoopbackAccess:
    """Every pod's sidecar that listens for the mesh, from the daemon's status."""
    found: defaultdict[str, tuple[ProxyAccess, ...]] = defaultdict(tuple)
    for proxy in status["proxies"]:
        inbound = tuple((LOOPBACK, port) for role, port in proxy["ports"].items() if role.startswith("inbound:"))
        if proxy["virtual_node"] and inbound:
            application = _application(status, proxy["pod"])
            found[proxy["virtual_node"]] += (ProxyAccess(inbound, Path(proxy["admin"]), application),)
    return LoopbackAccess(dict(found))


def _application(status: Mapping[str, Any], pod: str) -> tuple[tuple[str, int], ...]:
    containers = [process for process in status["processes"] if process["kind"] == "container"]
    return tuple((LOOPBACK, port) for each in containers if each["pod"] == pod for port in each["ports"].values())


def find_kind_system(project_file: Path) -> RunningSystem:
    """The system in this project's kind cluster. Raises NotRunningError."""
    status = kind_status.status(project_file)
    if not status or status["daemon"]["state"] != "up" or not status["invoke_urls"]:
        raise NotRunningError("kind", "meshrig up --runtime kind")
    return RunningSystem(
        runtime="kind",
        invoke_url=next(iter(status["invoke_urls"].values())),
        endpoint_url=status["endpoint_url"],
        region=status["region"],
        mesh=status["mesh"],
        access=ClusterAccess(KubectlCommand(Path(status["kubeconfig"]), f"kind-{status['cluster']}")),
    )


SYSTEMS: Mapping[str, FindSystem] = {"process": find_process_system, "kind": find_kind_system}


def find_systems(
    project_file: Path, runtimes: Sequence[str], systems: Mapping[str, FindSystem] = SYSTEMS
) -> tuple[RunningSystem, ...]:
    """Those of ``runtimes``, each of which must be up; where none is named, the one that is.

    Raises InvalidInputError for an unknown runtime and where it isn't clear which is meant, NotRunningError.
    """
    problems = [
        Problem(f"unknown runtime {name!r}", hint=did_you_mean(name, systems))
        for name in runtimes
        if name not in systems
    ]
    if problems:
        raise InvalidInputError(problems)
    if runtimes:
        return tuple(systems[name](project_file) for name in dict.fromkeys(runtimes))
    return (_only_one(project_file, systems),)


def _only_one(project_file: Path, systems: Mapping[str, FindSystem]) -> RunningSystem:
    up: list[RunningSystem] = []
    for find in systems.values():
        try:
            up.append(find(project_file))
        except NotRunningError:
            continue
    if len(up) > 1:
        names = [system.runtime for system in up]
        hint = f"say --runtime {', '.join(names[:-1])} or {names[-1]}, or --runtime {','.join(names)} to compare them"
        raise InvalidInputError([Problem("the system is up in more than one runtime", hint=hint)])
    if not up:
        raise MeshrigError("the system is not running", hint="start it with: meshrig up")
    return up[0]
