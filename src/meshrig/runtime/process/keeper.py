"""Keep one process running: start or adopt it, probe it, restart it with back-off when it ends."""

import asyncio
import contextlib
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from meshrig.model.plan import ProbePlan, ProcessSpec
from meshrig.runtime.process.launch import RunningProcess, start
from meshrig.runtime.process.probe import is_healthy
from meshrig.runtime.process.record import ProcessRecord, RecordStore, spec_hash

FIRST_BACKOFF_SECONDS = 0.2
MAX_BACKOFF_SECONDS = 10.0
# A process that ran this long is taken as settled: its next end restarts it without delay.
SETTLED_SECONDS = 10.0
_STARTUP_PROBE_SECONDS = 0.1


@dataclass(frozen=True)
class ProcessStatus:
    """``state`` is starting, ready, unready, backoff or stopped; ``since`` is seconds since the epoch."""

    name: str
    kind: str
    pod: str
    pid: int
    state: str
    restarts: int
    ports: dict[str, int]
    log: str
    since: float
    last_exit: str = ""


class Keeper:
    """Owns one process for as long as its spec stands."""

    def __init__(
        self, spec: ProcessSpec, log: Path, store: RecordStore, on_change: Callable[[ProcessStatus], None]
    ) -> None:
        self.spec = spec
        self.log = log
        self.ready = asyncio.Event()
        self.exits = 0
        self._store = store
        self._on_change = on_change
        self._running: RunningProcess | None = None
        self._state = "starting"
        self._since = time.time()
        self._last_exit = ""
        self._backoff = 0.0
        self._task: asyncio.Task[None] | None = None
        self.exited = asyncio.Event()

    def begin(self, record: ProcessRecord | None) -> None:
        """Start the keeping; a live ``record`` of the same spec is adopted instead of started anew."""
        if record and record.is_alive() and record.spec_hash == spec_hash(self.spec):
            self._running = RunningProcess(record, None)
        self._task = asyncio.create_task(self._keep(), name=f"keep {self.spec.name}")

    def status(self) -> ProcessStatus:
        pid = self._running.record.pid if self._running else 0
        spec = self.spec
        ports = dict(spec.ports)
        return ProcessStatus(
            spec.name, spec.kind, spec.pod, pid, self._state, self.exits, ports, str(self.log), self._since,
            self._last_exit,
        )  # fmt: skip

    async def stop(self) -> None:
        """End the process and its group; afterwards nothing of it runs and no record is left."""
        if self._task:
            self._task.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self._task
        if self._running:
            await self._running.stop(self.spec.stop_grace)
            self._running = None
        self._store.forget(self.spec.name)
        self._enter("stopped")

    async def _keep(self) -> None:
        while True:
            if self._running is None and not await self._start():
                continue
            assert self._running is not None
            born = time.monotonic()
            await self._watch(self._running)
            self._running = None
            self.ready.clear()
            settled = time.monotonic() - born > SETTLED_SECONDS
            await self._back_off(settled)

    async def _start(self) -> bool:
        self._enter("starting")
        try:
            self._running = start(self.spec, self.log)
            self._store.save(self._running.record)
        except (OSError, ValueError) as error:
            # ValueError: an environment or argument that no process can have.
            why = f"{error.strerror}: {error.filename}" if isinstance(error, OSError) else str(error)
            await self._give_up(f"cannot start: {why}")
            return False
        return True

    async def _give_up(self, why: str) -> None:
        """What is not written down would be lost to the next supervisor, so it doesn't stay."""
        if self._running:
            await self._running.kill_group()
            self._running = None
        self._note_exit(why)
        await self._back_off(settled=False)

    async def _back_off(self, settled: bool) -> None:
        self._backoff = 0.0 if settled else min(max(self._backoff * 2, FIRST_BACKOFF_SECONDS), MAX_BACKOFF_SECONDS)
        self._enter("backoff")
        await asyncio.sleep(self._backoff)

    async def _watch(self, running: RunningProcess) -> None:
        probing = asyncio.create_task(self._probe(running))
        try:
            code = await running.wait()
        finally:
            probing.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await probing
        await running.kill_group()
        self._note_exit("ended" if code is None else _describe_exit(code))

    def _note_exit(self, how: str) -> None:
        self.exits += 1
        self._last_exit = how
        self.exited.set()

    async def _probe(self, running: RunningProcess) -> None:
        await self._until_first_success()
        self._enter("ready")
        self.ready.set()
        checks = []
        if self.spec.readiness:
            checks.append(self._follow_readiness(self.spec.readiness))
        if self.spec.liveness:
            checks.append(self._follow_liveness(self.spec.liveness, running))
        await asyncio.gather(*checks)

    async def _until_first_success(self) -> None:
        for plan in (self.spec.startup, self.spec.readiness):
            while plan and not await is_healthy(plan.check, plan.timeout):
                await asyncio.sleep(_STARTUP_PROBE_SECONDS)

    async def _follow_readiness(self, plan: ProbePlan) -> None:
        failures = 0
        while True:
            await asyncio.sleep(plan.period)
            failures = 0 if await is_healthy(plan.check, plan.timeout) else failures + 1
            if failures >= plan.failure_threshold and self.ready.is_set():
                self.ready.clear()
                self._enter("unready")
            elif failures == 0 and not self.ready.is_set():
                self.ready.set()
                self._enter("ready")

    async def _follow_liveness(self, plan: ProbePlan, running: RunningProcess) -> None:
        failures = 0
        await asyncio.sleep(plan.initial_delay)
        while failures < plan.failure_threshold:
            await asyncio.sleep(plan.period)
            failures = 0 if await is_healthy(plan.check, plan.timeout) else failures + 1
        await running.stop(self.spec.stop_grace)

    def _enter(self, state: str) -> None:
        if state != self._state:
            self._state = state
            self._since = time.time()
            self._on_change(self.status())


def _describe_exit(code: int) -> str:
    return f"killed by signal {-code}" if code < 0 else f"exit code {code}"
