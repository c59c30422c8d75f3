"""The mesh of a cluster, seen from a pod of the control plane: in the cluster, outside the mesh, no certificate."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass

from meshrig.errors import MeshrigError
from meshrig.names import CONTROL_PLANE, PROBE_PORT, SYSTEM_NAMESPACE
from meshrig.scenario.attempt import Attempt, Outcome
from meshrig.scenario.cluster_objects import (
    Pod,
    find_targets,
    read_items,
    read_node_addresses,
    read_pods,
    read_services,
)
from meshrig.scenario.context import Targets
from meshrig.scenario.envoy_counters import STATS_PATH, read_counter
from meshrig.scenario.kubectl import Kubectl
from meshrig.scenario.probe_messages import Fetch, Probe, decode_answers, decode_outcomes, encode_probes

_PROBE = ("exec", "-i", "-n", SYSTEM_NAMESPACE, f"deploy/{CONTROL_PLANE}", "--", "meshrig", "probe")


@dataclass(frozen=True)
class ClusterAccess:
    """Certificates and keys go to the prober by standard input: never in an argument, an object or a file."""

    kubectl: Kubectl

    async def targets(self, virtual_node: str) -> Targets:
        pods = await self._pods(virtual_node)
        services, nodes = await asyncio.gather(
            self._call("get", "services", "--all-namespaces", "-o", "json"), self._call("get", "nodes", "-o", "json")
        )
        return find_targets(
            virtual_node, pods, read_services(read_items(services)), read_node_addresses(read_items(nodes))
        )

    async def dial(self, attempts: Sequence[Attempt]) -> tuple[Outcome, ...]:
        return decode_outcomes(await self._probe(attempts), len(attempts))

    async def counter(self, virtual_node: str, counter: str) -> int:
        pods = [pod for pod in await self._pods(virtual_node) if pod.injected]
        if not pods:
            raise MeshrigError(f"no pod of {virtual_node} has an injected sidecar")
        probes = [Fetch(f"http://{_host(pod)}:{PROBE_PORT}{STATS_PATH}") for pod in pods]
        answers = decode_answers(await self._probe(probes), len(probes))
        return sum(
            read_counter(answer, counter, f"the sidecar of pod {pod.namespace}/{pod.name}")
            for pod, answer in zip(pods, answers, strict=True)
        )

    async def _pods(self, virtual_node: str) -> tuple[Pod, ...]:
        every = read_pods(read_items(await self._call("get", "pods", "--all-namespaces", "-o", "json")))
        if found := tuple(pod for pod in every if pod.virtual_node == virtual_node):
            return found
        known = ", ".join(sorted({pod.virtual_node for pod in every})) or "none"
        raise MeshrigError(f"no pod of {virtual_node} runs; running are: {known}")

    async def _probe(self, probes: Sequence[Probe]) -> str:
        return await self._call(*_PROBE, stdin=encode_probes(probes)) if probes else "[]"

    async def _call(self, *arguments: str, stdin: str = "") -> str:
        return await asyncio.to_thread(self.kubectl, arguments, stdin)


def _host(pod: Pod) -> str:
    return f"[{pod.ip}]" if ":" in pod.ip else pod.ip
