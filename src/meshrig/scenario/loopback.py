"""The mesh of the process runtime: everything is a loopback port or a Unix socket of this machine."""

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from meshrig.errors import MeshrigError
from meshrig.scenario.attempt import Attempt, Outcome
from meshrig.scenario.context import Target, Targets
from meshrig.scenario.definition import Via
from meshrig.scenario.envoy_counters import STATS_PATH, read_counter
from meshrig.scenario.fetch import fetch_socket
from meshrig.scenario.probe import dial

type SocketAddress = tuple[str, int]

_OPEN = "without root nothing keeps a process of this machine from an application's own port"
_ABSENT: Mapping[Via, str] = {
    "cluster_ip": "plain processes have no ClusterIP",
    "node_port": "plain processes have no NodePort",
}


@dataclass(frozen=True)
class ProxyAccess:
    """A pod's sidecar: where it listens for the mesh, the Unix socket of its Envoy's admin, and what is behind it."""

    ingress: tuple[SocketAddress, ...]
    admin: Path
    application: tuple[SocketAddress, ...] = ()


@dataclass(frozen=True)
class LoopbackAccess:
    """``proxies``: the sidecars of each virtual node's pods."""

    proxies: Mapping[str, tuple[ProxyAccess, ...]]

    async def targets(self, virtual_node: str) -> Targets:
        """A pod's address is that of its sidecar; the application's own port lies open beside it."""
        found = self._sidecars(virtual_node)
        guarded = [Target("pod_ip", host, port) for proxy in found for host, port in proxy.ingress]
        bare = [Target("pod_ip", host, port, _OPEN) for proxy in found for host, port in proxy.application]
        return Targets((*guarded, *bare), _ABSENT)

    async def dial(self, attempts: Sequence[Attempt]) -> tuple[Outcome, ...]:
        return tuple(await asyncio.gather(*(dial(attempt) for attempt in attempts)))

    async def counter(self, virtual_node: str, counter: str) -> int:
        found = self._sidecars(virtual_node)
        answers = await asyncio.gather(*(fetch_socket(proxy.admin, STATS_PATH) for proxy in found))
        return sum(
            read_counter(answer, counter, f"the Envoy admin at {proxy.admin}")
            for proxy, answer in zip(found, answers, strict=True)
        )

    def _sidecars(self, virtual_node: str) -> tuple[ProxyAccess, ...]:
        if found := self.proxies.get(virtual_node):
            return found
        known = ", ".join(sorted(self.proxies)) or "none"
        raise MeshrigError(f"no sidecar of {virtual_node} runs; running are: {known}")
