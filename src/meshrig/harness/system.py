"""The local system: bring it up, follow changes of the AWS APIs, rotate certificates, heal, stop."""

import asyncio
import logging
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from meshrig.certs.authority import CertificateAuthority
from meshrig.errors import MeshrigError
from meshrig.harness.identities import Identities
from meshrig.harness.inputs import Inputs, read_inputs
from meshrig.harness.localstack import Clients, localstack_process
from meshrig.harness.placement import Placement, place
from meshrig.harness.prepare import find_uv, prepare_images, prepare_localstack
from meshrig.harness.proxies import Proxy, compile_proxies, proxy_process
from meshrig.harness.sources import Definitions, read_definitions, read_instance
from meshrig.harness.stack import AppliedStack, apply_stack
from meshrig.model.plan import ProcessSpec
from meshrig.names import LOCALSTACK
from meshrig.read.environment import resolve_env
from meshrig.runtime.process.pods import container_processes
from meshrig.runtime.process.ports import PortAllocator
from meshrig.runtime.process.supervisor import Supervisor
from meshrig.runtime.recipe.prepare import PreparedImage, prune_images
from meshrig.settings import LOCAL_CREDENTIALS, LOCALSTACK_PORT, LOCALSTACK_VERSION, LOOPBACK, Places
from meshrig.xds.server import ControlPlane

log = logging.getLogger("meshrig.system")
Say = Callable[[str], None]
LOCALSTACK_TIMEOUT = 60.0
ENVOY_TIMEOUT = 30.0
CONTAINER_TIMEOUT = 60.0


@dataclass
class Running:
    """What is up now; replaced as a whole by each convergence."""

    inputs: Inputs
    clients: Clients
    stack: AppliedStack
    definitions: Definitions
    placement: Placement
    proxies: tuple[Proxy, ...]
    instance: str
    notes: tuple[str, ...] = ()
    """What the files ask for and plain processes can't honour, one line each."""


class LocalSystem:
    """One project's system on this machine. Its methods are not to be called concurrently, but for ``status``."""

    def __init__(self, places: Places, supervisor: Supervisor) -> None:
        self.places = places
        self.supervisor = supervisor
        self.control_plane = ControlPlane()
        self.identities = Identities(CertificateAuthority.create_or_load(places.state / "ca"))
        self.running: Running | None = None

    async def start(self) -> None:
        """Serve xDS; Envoys of an earlier daemon connect again to the same socket."""
        await self.control_plane.start(f"unix:{self.places.xds}")

    async def converge(self, project_file: Path, say: Say) -> Running:
        """Bring everything to what the files say; what is right already is left alone.

        Raises InvalidInputError before anything is touched, MeshrigError when a step fails.
        """
        inputs = await asyncio.to_thread(read_inputs, project_file)
        ports = PortAllocator(self.places.state / "ports.json", self.supervisor.held_ports())
        uv = find_uv()
        images = await asyncio.to_thread(prepare_images, inputs, self.places, uv, say)
        localstack = await self._start_localstack(inputs, ports, uv, say)
        clients = Clients(f"http://{LOOPBACK}:{localstack.ports['gateway']}", inputs.project.region)
        instance = await asyncio.to_thread(read_instance, clients.endpoint)
        stack = await asyncio.to_thread(self._apply_stack, inputs, clients, instance)
        say(f"stack {stack.name} {stack.status} ({stack.resources} resources)")
        definitions = await asyncio.to_thread(read_definitions, clients, stack)
        placement = place(definitions.mesh, definitions.gateway, inputs.manifests, ports)
        proxies = compile_proxies(definitions.mesh, definitions.gateway, inputs.manifests, placement)
        notes = (*inputs.manifests.unsupported, *(note for image in images.values() for note in image.notes))
        before, kept = self.running, self.supervisor.specs()
        self.running = Running(inputs, clients, stack, definitions, placement, proxies, instance, notes)
        self._serve(proxies)
        try:
            await self._start_all(inputs, images, placement, proxies, localstack, say)
        except MeshrigError:
            if before:
                say("the new state does not start: going back to what ran before")
                await self._restore(before, kept)
            raise
        # Not sooner: what ran before lies in those trees.
        await asyncio.to_thread(prune_images, self.places.cache, images)
        ports.save()
        for moved in ports.moved:
            say(f"port {moved.wanted} is taken; {moved.name} uses {moved.port}")
        return self.running

    async def _restore(self, before: Running, kept: tuple[ProcessSpec, ...]) -> None:
        self.running = before
        self._serve(before.proxies)
        await self.supervisor.prune(spec.name for spec in kept)
        try:
            await self.supervisor.ensure(kept, CONTAINER_TIMEOUT)
        except MeshrigError as error:
            log.error("going back failed too: %s", error.message)

    async def refresh(self) -> None:
        """Read the AWS APIs again and serve what changed; a definition that can't be compiled leaves all as it was."""
        running = self.running
        if running is None:
            return
        definitions = await asyncio.to_thread(read_definitions, running.clients, running.stack)
        if definitions == running.definitions:
            return
        proxies = compile_proxies(definitions.mesh, definitions.gateway, running.inputs.manifests, running.placement)
        running.definitions, running.proxies = definitions, proxies
        self._serve(proxies)

    def rotate(self) -> None:
        """Issue again the certificates that are due and serve them."""
        if self.running and self.identities.drop_due():
            self._serve(self.running.proxies)

    async def stop(self) -> None:
        await self.supervisor.stop()
        await self.control_plane.stop()
        self.running = None

    async def _start_localstack(self, inputs: Inputs, ports: PortAllocator, uv: str, say: Say) -> ProcessSpec:
        python = await asyncio.to_thread(prepare_localstack, self.places, uv, say)
        spec = localstack_process(
            self.places,
            python,
            ports.port(LOCALSTACK, LOCALSTACK_PORT),
            ports.port(f"{LOCALSTACK}:dynamodb"),
            inputs.project.region,
        )
        await self.supervisor.ensure([spec], LOCALSTACK_TIMEOUT)
        say(f"LocalStack {LOCALSTACK_VERSION} ready at http://{LOOPBACK}:{spec.ports['gateway']}")
        return spec

    def _apply_stack(self, inputs: Inputs, clients: Clients, instance: str) -> AppliedStack:
        project = inputs.project
        return apply_stack(
            clients.get("cloudformation"),
            project.stack_name,
            inputs.template,
            project.targets["local"].parameters,
            instance,
            self.places.state / "stack.applied",
        )

    def _serve(self, proxies: tuple[Proxy, ...]) -> None:
        for proxy in proxies:
            self.control_plane.set_snapshot(proxy.config.node_id, self.identities.snapshot(proxy.config))

    async def _start_all(
        self,
        inputs: Inputs,
        images: dict[str, PreparedImage],
        placement: Placement,
        proxies: tuple[Proxy, ...],
        localstack: ProcessSpec,
        say: Say,
    ) -> None:
        envoys = [proxy_process(proxy, self.places) for proxy in proxies]
        containers = self._containers(inputs, images, placement, localstack)
        await self.supervisor.prune(spec.name for spec in (localstack, *envoys, *containers))
        await asyncio.gather(
            self.supervisor.ensure(envoys, ENVOY_TIMEOUT), self.supervisor.ensure(containers, CONTAINER_TIMEOUT)
        )
        await self._all_acknowledged(proxies)
        say(f"{_count(len(containers), 'service')}, {_count(len(envoys), 'Envoy')} ready")

    async def _all_acknowledged(self, proxies: tuple[Proxy, ...]) -> None:
        for proxy in proxies:
            if not await self.control_plane.wait_acked(proxy.config.node_id, ENVOY_TIMEOUT):
                status = self.control_plane.status(proxy.config.node_id)
                details = "; ".join(nack.detail for nack in status.nacks) or "it has not connected"
                raise MeshrigError(f"Envoy {proxy.process} did not take its configuration: {details}")

    def _containers(
        self, inputs: Inputs, images: dict[str, PreparedImage], placement: Placement, localstack: ProcessSpec
    ) -> list[ProcessSpec]:
        specs: list[ProcessSpec] = []
        for placed in placement.pods:
            injected = _aws_environment(localstack, inputs.project.region)
            if placed.sidecar:
                injected |= _proxy_environment(placed.sidecar.egress_port)
            specs += container_processes(
                placed.pod,
                images,
                lambda container, pod: resolve_env(container, pod.namespace, pod.fields(), inputs.manifests),
                injected,
            )
        return specs


def _aws_environment(localstack: ProcessSpec, region: str) -> dict[str, str]:
    """What stands in for Pod Identity here: endpoints and credentials of the local account."""
    return {
        **LOCAL_CREDENTIALS,
        "AWS_REGION": region,
        "AWS_DEFAULT_REGION": region,
        "AWS_ENDPOINT_URL": f"http://{LOOPBACK}:{localstack.ports['gateway']}",
        "AWS_ENDPOINT_URL_DYNAMODB": f"http://{LOOPBACK}:{localstack.ports['dynamodb']}",
    }


def _proxy_environment(egress_port: int) -> dict[str, str]:
    """Send plain HTTP calls through the sidecar's egress listener: without root nothing can redirect them."""
    proxy = f"http://{LOOPBACK}:{egress_port}"
    return {
        "HTTP_PROXY": proxy,
        "http_proxy": proxy,
        "NO_PROXY": "127.0.0.1,localhost",
        "no_proxy": "127.0.0.1,localhost",
    }


def _count(number: int, noun: str) -> str:
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"
