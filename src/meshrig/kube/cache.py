"""Follow all objects of one selection: list, then watch (Kubernetes API concepts, "Efficient detection of changes")."""

import asyncio
import logging
import random
from collections.abc import Awaitable, Callable, Mapping

from meshrig.kube.client import Event, KubeClient, Selection
from meshrig.kube.errors import KubeError
from meshrig.kube.kinds import Object

_log = logging.getLogger(__name__)
_FIRST_RETRY = 0.25
_LONGEST_RETRY = 10.0
_PAUSE = 0.05

Key = tuple[str, str]
"""Namespace and name."""


class Cache[T]:
    """What the API server has, as far as it is known here; kept while the server is away.

    Each object is held as ``read`` makes it, so that nothing but what is needed stays in memory. ``changed`` is called
    after every change and after the first list.
    """

    def __init__(
        self,
        client: KubeClient,
        selection: Selection,
        read: Callable[[Object], T],
        changed: Callable[[], None],
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> None:
        self.selection = selection
        self.synced = False
        self._client = client
        self._read = read
        self._changed = changed
        self._sleep = sleep
        self._objects: dict[Key, T] = {}
        self._version = ""
        self._retry = _FIRST_RETRY

    @property
    def objects(self) -> Mapping[Key, T]:
        return self._objects

    async def run(self) -> None:
        """Follow for ever. Broken watches go on where they ended; a version too old leads to a new list."""
        while True:
            try:
                if not self._version:
                    await self._list()
                async for event in self._client.watch(self.selection, self._version):
                    self._take(event)
                # A server that ends every watch at once must not be asked without pause.
                await self._sleep(_PAUSE)
            except KubeError as error:
                if error.status:
                    # An answer, and it wasn't events: begin anew. Only an expired version is nothing to wait for.
                    self._version = ""
                if error.is_expired:
                    _log.info("%s: the version is too old, listing again", self.selection.kind.plural)
                    continue
                _log.warning("%s", error.message)
                await self._sleep(self._retry * random.uniform(0.8, 1.2))
                self._retry = min(self._retry * 2, _LONGEST_RETRY)

    async def _list(self) -> None:
        listing = await self._client.list(self.selection)
        self._objects = {_key(item): self._read(item) for item in listing.items}
        self._version = listing.resource_version
        self._retry = _FIRST_RETRY
        self.synced = True
        self._changed()

    def _take(self, event: Event) -> None:
        self._version = event.object["metadata"]["resourceVersion"]
        self._retry = _FIRST_RETRY
        if event.type == "BOOKMARK":
            return
        key = _key(event.object)
        if event.type == "DELETED":
            self._objects.pop(key, None)
        else:
            self._objects[key] = self._read(event.object)
        self._changed()


def _key(item: Object) -> Key:
    return item["metadata"].get("namespace", ""), item["metadata"]["name"]
