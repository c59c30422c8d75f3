"""The AWS side of a system whose pods run in a cluster: the stack, what backs its EKS cluster, and the edge."""

import asyncio
import logging
import socket
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from botocore.exceptions import ClientError

from meshrig.compile.edge.gateway import compile_edge
from meshrig.errors import InvalidInputError, MeshrigError
from meshrig.harness.keeper.eks import back_clusters, register_backings
from meshrig.harness.localstack import Clients
from meshrig.harness.sources import Definitions, read_definitions, read_instance
from meshrig.harness.stack import AppliedStack, apply_stack
from meshrig.model.apigateway import GatewayModel
from meshrig.model.desired import DesiredState
from meshrig.model.plan import Endpoint, ProxyConfig, Topology
from meshrig.names import EDGE
from meshrig.read.aws.calls import translated
from meshrig.read.template import validate_template
from meshrig.settings import EDGE_PORT
from meshrig.xds.server import ControlPlane
from meshrig.xds.snapshot import Snapshot

log = logging.getLogger("meshrig.keeper")
Say = Callable[[str], None]
_FIRST_NLB_PORT = 18_000
_LOG = "docker compose logs localstack"


@dataclass(frozen=True)
class Kept:
    """What is in force now."""

    desired: DesiredState
    instance: str
    stack: AppliedStack
    definitions: Definitions
    nodes: tuple[str, ...]
    edge: ProxyConfig


class KeptSystem:
    """Its methods are not to be called concurrently."""

    def __init__(self, endpoint: str, state: Path, control_plane: ControlPlane) -> None:
        self.endpoint = endpoint
        self.kept: Kept | None = None
        self._state = state
        self._control_plane = control_plane
        self._serve(_compile_edge(GatewayModel(), ()))

    async def converge(self, desired: DesiredState, say: Say) -> Kept:
        """Bring the stack and the edge to ``desired``. Raises MeshrigError where LocalStack refuses or is away."""
        clients = Clients(self.endpoint, desired.region)
        try:
            with translated(f"making stack {desired.stack}"):
                instance = await asyncio.to_thread(read_instance, self.endpoint)
                await asyncio.to_thread(_ensure_repositories, clients, desired.repositories)
                stack = await self._apply(desired, clients, instance)
                # Also where nothing of the stack has changed: the cluster may be another one.
                await asyncio.to_thread(register_backings, clients, desired.backing)
                say(f"stack {stack.name} {stack.status} ({stack.resources} resources)")
                definitions = await asyncio.to_thread(read_definitions, clients, stack)
        except InvalidInputError:
            raise
        except MeshrigError as error:
            error.log = error.log or _LOG
            raise
        except OSError as error:
            raise MeshrigError(f"LocalStack does not answer: {error}", log=_LOG) from error
        self._take(desired, instance, stack, definitions, await _addresses(desired.backing.node))
        assert self.kept is not None
        return self.kept

    async def refresh(self) -> None:
        """Read the AWS APIs again and serve what changed."""
        kept = self.kept
        if kept is None:
            return
        clients = Clients(self.endpoint, kept.desired.region)
        definitions = await asyncio.to_thread(read_definitions, clients, kept.stack)
        if definitions != kept.definitions:
            self._take(kept.desired, kept.instance, kept.stack, definitions, kept.nodes)

    async def is_forgotten(self) -> bool:
        """Whether LocalStack answers and has not the stack: it, or the keeper itself, has started anew.

        Raises MeshrigError where it does not answer.
        """
        instance = await asyncio.to_thread(read_instance, self.endpoint)
        return self.kept is None or instance != self.kept.instance

    async def follow_node(self) -> None:
        """A node may come back with another address."""
        kept = self.kept
        if kept is None:
            return
        nodes = await _addresses(kept.desired.backing.node)
        if nodes and nodes != kept.nodes:
            log.info("the node's address is now %s", ", ".join(nodes))
            self._take(kept.desired, kept.instance, kept.stack, kept.definitions, nodes)

    async def _apply(self, desired: DesiredState, clients: Clients, instance: str) -> AppliedStack:
        """The stack, while whatever EKS cluster it makes is given its real one."""
        # In a folder of its own, since the user names it.
        file = self._state / "template" / Path(desired.template_name).name
        file.parent.mkdir(exist_ok=True)
        file.write_text(desired.template_text)
        template = validate_template(file, desired.parameters, desired.template_name)
        backing = asyncio.create_task(back_clusters(clients, desired.backing))
        try:
            return await asyncio.to_thread(
                apply_stack,
                clients.get("cloudformation"),
                desired.stack,
                template,
                desired.parameters,
                instance,
                self._state / "stack.applied",
            )
        finally:
            backing.cancel()

    def _take(
        self,
        desired: DesiredState,
        instance: str,
        stack: AppliedStack,
        definitions: Definitions,
        nodes: tuple[str, ...],
    ) -> None:
        edge = _compile_edge(definitions.gateway, nodes)
        self._serve(edge)
        self.kept = Kept(desired, instance, stack, definitions, nodes, edge)

    def _serve(self, edge: ProxyConfig) -> None:
        resources = Snapshot(edge.listeners, edge.clusters, edge.endpoints, edge.routes, scopes=edge.scopes)
        self._control_plane.set_snapshot(edge.node_id, resources)


def _compile_edge(gateway: GatewayModel, nodes: tuple[str, ...]) -> ProxyConfig:
    listeners = [
        (balancer.arn, listener.port) for balancer in gateway.load_balancers.values() for listener in balancer.listeners
    ]
    placed = {key: Endpoint("127.0.0.1", _FIRST_NLB_PORT + index) for index, key in enumerate(sorted(listeners))}
    ports = {group.port for group in gateway.target_groups.values()}
    ports |= {target.port for group in gateway.target_groups.values() for target in group.targets if target.port}
    node_ports = {port: tuple(Endpoint(address, port) for address in nodes) for port in ports}
    return compile_edge(gateway, Endpoint("0.0.0.0", EDGE_PORT), placed, Topology(node_ports=node_ports), EDGE)


async def _addresses(host: str) -> tuple[str, ...]:
    """IPv4 addresses of a container on our network; none while it is away."""
    try:
        found = await asyncio.get_running_loop().getaddrinfo(host, None, family=socket.AF_INET, type=socket.SOCK_STREAM)
    except OSError:
        return ()
    return tuple(sorted({str(entry[4][0]) for entry in found}))


def _ensure_repositories(clients: Clients, names: tuple[str, ...]) -> None:
    for name in names:
        try:
            clients.get("ecr").create_repository(repositoryName=name)
        except ClientError as error:
            if error.response["Error"]["Code"] != "RepositoryAlreadyExistsException":
                raise
