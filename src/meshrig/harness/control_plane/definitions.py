"""Follow the mesh's definitions in the AWS APIs: the last good ones are kept whatever happens there."""

import asyncio
import contextlib
import logging
from collections.abc import Callable, Coroutine
from dataclasses import dataclass
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError

from meshrig.errors import MeshrigError
from meshrig.harness.access_entries import AccessEntry, read_access_entries
from meshrig.harness.localstack import Clients
from meshrig.harness.sources import physical_ids, read_stack_mesh
from meshrig.model.appmesh import MeshModel
from meshrig.model.control_plane import ControlPlaneSettings
from meshrig.read.aws.changes import ChangeFeed

_log = logging.getLogger(__name__)
_RETRY_SECONDS = 2.0
_POLL_SECONDS = 10.0


@dataclass(frozen=True)
class StackDefinitions:
    """What the AWS APIs say of a stack; ``access`` is None where the cluster's own EKS takes care of it."""

    mesh: MeshModel
    access: tuple[AccessEntry, ...] | None = None


Open = Callable[[ControlPlaneSettings], Callable[[], StackDefinitions]]


def open_stack(settings: ControlPlaneSettings) -> Callable[[], StackDefinitions]:
    """A reader of the stack these settings name; its clients are made once."""
    clients = Clients(settings.endpoint_url, settings.region)
    return lambda: read_stack_definitions(clients, settings)


def read_stack_definitions(clients: Clients, settings: ControlPlaneSettings) -> StackDefinitions:
    """Raises MeshrigError when the stack isn't there, is being changed, or can't be read as a whole."""
    try:
        before = _stack_version(clients, settings.stack)
        physical = physical_ids(clients, settings.stack)
        mesh = read_stack_mesh(clients, settings.stack, physical)
        clusters = physical.get("AWS::EKS::Cluster", []) if settings.endpoint_url else []
        access = read_access_entries(clients, clusters[0]) if clusters else None
        if _stack_version(clients, settings.stack) != before:
            raise MeshrigError(f"stack {settings.stack} changed while it was read")
    except (ClientError, BotoCoreError) as error:
        raise MeshrigError(f"stack {settings.stack} can't be read: {error}") from error
    if mesh is None:
        raise MeshrigError(f"stack {settings.stack} has no mesh", hint="add an AWS::AppMesh::Mesh to the template")
    return StackDefinitions(mesh, access)


def _stack_version(clients: Clients, name: str) -> tuple[str, str]:
    """Its id and when it last changed. Raises MeshrigError while half of it may be missing."""
    stack = clients.get("cloudformation").describe_stacks(StackName=name)["Stacks"][0]
    status = stack["StackStatus"]
    if status not in {"CREATE_COMPLETE", "UPDATE_COMPLETE", "UPDATE_ROLLBACK_COMPLETE", "IMPORT_COMPLETE"}:
        raise MeshrigError(f"stack {name} is {status}")
    return str(stack["StackId"]), str(stack.get("LastUpdatedTime") or stack.get("CreationTime"))


class DefinitionsFollower:
    """``current`` is None until the stack could be read once. ``problem`` says why the newest reading failed."""

    def __init__(
        self, changed: Callable[[], None], open_source: Open = open_stack, retry: float = _RETRY_SECONDS
    ) -> None:
        self.current: StackDefinitions | None = None
        self.problem = ""
        self._changed = changed
        self._open = open_source
        self._retry = retry
        self._settings: ControlPlaneSettings | None = None
        self._settings_changed = asyncio.Event()

    def use(self, settings: ControlPlaneSettings) -> None:
        """Follow the stack these settings name, from now on."""
        if self._settings is None or _source(settings) != _source(self._settings):
            self._settings = settings
            self._settings_changed.set()

    async def run(self) -> None:
        """Follow for ever."""
        while True:
            await self._settings_changed.wait()
            self._settings_changed.clear()
            if self._settings:
                await self._until_other_settings(self._follow(self._settings))

    async def _until_other_settings(self, work: Coroutine[Any, Any, None]) -> None:
        following = asyncio.create_task(work)
        waiting = asyncio.create_task(self._settings_changed.wait())
        try:
            await asyncio.wait((following, waiting), return_when=asyncio.FIRST_COMPLETED)
        finally:
            for task in (following, waiting):
                task.cancel()
            await asyncio.gather(following, waiting, return_exceptions=True)

    async def _follow(self, settings: ControlPlaneSettings) -> None:
        read = await asyncio.to_thread(self._open, settings)
        feed = ChangeFeed(settings.endpoint_url) if settings.endpoint_url else None
        while True:
            if not await self._refresh(read):
                await asyncio.sleep(self._retry)
                continue
            if feed is None:
                await asyncio.sleep(_POLL_SECONDS)
                continue
            with contextlib.suppress(OSError, TimeoutError):
                await feed.wait()
                continue
            await asyncio.sleep(self._retry)

    async def _refresh(self, read: Callable[[], StackDefinitions]) -> bool:
        try:
            found = await asyncio.to_thread(read)
        except MeshrigError as error:
            self._report(error.message)
            return False
        self._report("")
        if found != self.current:
            self.current = found
            self._changed()
        return True

    def _report(self, problem: str) -> None:
        if problem == self.problem:
            return
        self.problem = problem
        kept = "; the last good definitions stay" if self.current else ""
        if problem:
            _log.warning("%s%s", problem, kept)
        else:
            _log.info("the definitions can be read")
        self._changed()


def _source(settings: ControlPlaneSettings) -> tuple[str, str, str]:
    return settings.endpoint_url, settings.region, settings.stack
