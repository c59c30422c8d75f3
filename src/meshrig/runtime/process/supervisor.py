"""Converge the processes of a machine to a plan and keep them so."""

import asyncio
from collections.abc import Callable, Iterable
from pathlib import Path

from meshrig.errors import MeshrigError
from meshrig.model.plan import ProcessSpec
from meshrig.runtime.process.keeper import Keeper, ProcessStatus
from meshrig.runtime.process.launch import RunningProcess
from meshrig.runtime.process.record import ProcessRecord, RecordStore, spec_hash

# A process that ends this often before it is ready once has failed to start.
START_ATTEMPTS = 3


class Supervisor:
    """Keeps processes by name. Their records outlive it: a new supervisor on the same folder adopts them."""

    def __init__(self, state: Path, logs: Path, on_change: Callable[[ProcessStatus], None] = lambda _: None) -> None:
        self._store = RecordStore(state / "processes")
        self._logs = logs
        self._on_change = on_change
        self._keepers: dict[str, Keeper] = {}
        self._found = self._store.load()

    def status(self) -> tuple[ProcessStatus, ...]:
        return tuple(keeper.status() for keeper in self._keepers.values())

    def specs(self) -> tuple[ProcessSpec, ...]:
        """What is kept running now."""
        return tuple(keeper.spec for keeper in self._keepers.values())

    def held_ports(self) -> frozenset[int]:
        """Ports of our own processes, those left by an earlier supervisor included."""
        kept = {port for keeper in self._keepers.values() for port in keeper.spec.ports.values()}
        left = {port for record in self._found.values() if record.group() for port in record.ports}
        return frozenset(kept | left)

    async def ensure(self, specs: Iterable[ProcessSpec], timeout: float) -> tuple[str, ...]:
        """Have all ``specs`` running and ready; unchanged ones are left alone. Returns the names started anew.

        Raises MeshrigError (with ``log``) naming the first process that fails to become ready in ``timeout`` seconds.
        """
        started = []
        keepers = []
        for spec in specs:
            keeper, fresh = await self._keep(spec)
            keepers.append(keeper)
            if fresh:
                started.append(spec.name)
        await asyncio.gather(*(_wait_ready(keeper, timeout) for keeper in keepers))
        return tuple(started)

    async def prune(self, keep: Iterable[str]) -> tuple[str, ...]:
        """Stop every process not named in ``keep``, adopted leftovers included; returns their names."""
        wanted = set(keep)
        gone = [name for name in self._keepers if name not in wanted]
        await asyncio.gather(*(self._keepers.pop(name).stop() for name in gone))
        strays = [record for name, record in self._found.items() if name not in wanted and name not in self._keepers]
        await asyncio.gather(*(self._end(record) for record in strays))
        return (*gone, *(record.name for record in strays))

    async def stop(self) -> None:
        """Stop everything: kinds in reverse order of their start, the processes of a kind together."""
        kinds = list(dict.fromkeys(keeper.spec.kind for keeper in self._keepers.values()))
        for kind in reversed(kinds):
            names = [name for name, keeper in self._keepers.items() if keeper.spec.kind == kind]
            await asyncio.gather(*(self._keepers.pop(name).stop() for name in names))
        await self.prune(())

    async def restart(self, name: str) -> None:
        """Stop one process and start it again at once."""
        spec = self._keepers[name].spec
        await self._keepers.pop(name).stop()
        await self._keep(spec)

    async def _keep(self, spec: ProcessSpec) -> tuple[Keeper, bool]:
        old = self._keepers.get(spec.name)
        if old and spec_hash(old.spec) == spec_hash(spec):
            old.spec = spec
            return old, False
        if old:
            await old.stop()
        record = self._found.pop(spec.name, None)
        adopted = record is not None and record.is_alive() and record.spec_hash == spec_hash(spec)
        if record and not adopted:
            await self._end(record)
        keeper = Keeper(spec, self._logs / f"{spec.name}.log", self._store, self._on_change)
        self._keepers[spec.name] = keeper
        keeper.begin(record if adopted else None)
        return keeper, not adopted

    async def _end(self, record: ProcessRecord) -> None:
        self._found.pop(record.name, None)
        await RunningProcess(record, None).stop(grace=5.0)
        self._store.forget(record.name)


async def _wait_ready(keeper: Keeper, timeout: float) -> None:
    ended_before = keeper.exits
    try:
        async with asyncio.timeout(timeout):
            while not keeper.ready.is_set():
                await _ready_or_exit(keeper)
                if not keeper.ready.is_set() and keeper.exits - ended_before >= START_ATTEMPTS:
                    raise _failed(keeper, f"{keeper.spec.name} ended {keeper.exits} times while starting")
    except TimeoutError:
        raise _failed(keeper, f"{keeper.spec.name} was not ready within {timeout:.0f} s") from None


async def _ready_or_exit(keeper: Keeper) -> None:
    keeper.exited.clear()
    waits = {asyncio.create_task(keeper.ready.wait()), asyncio.create_task(keeper.exited.wait())}
    try:
        await asyncio.wait(waits, return_when=asyncio.FIRST_COMPLETED)
    finally:
        for wait in waits:
            wait.cancel()


def _failed(keeper: Keeper, what: str) -> MeshrigError:
    last = keeper.status().last_exit
    tail = last_lines(keeper.log, 5)
    message = f"{what} ({last})" if last else what
    return MeshrigError(f"{message}\n{tail}" if tail else message, log=str(keeper.log))


def last_lines(log: Path, count: int) -> str:
    """The last non-empty lines of a log, indented for an error message."""
    try:
        lines = [line for line in log.read_text(errors="replace").splitlines()[-50:] if line.strip()]
    except OSError:
        return ""
    return "\n".join(f"    {line}" for line in lines[-count:])
