"""The supervisor with real, tiny processes."""

import asyncio
import os
import signal
import sys
from collections.abc import AsyncIterator
from pathlib import Path

import psutil
import pytest

from meshrig.errors import MeshrigError
from meshrig.model.plan import CommandCheck, HttpCheck, ProbePlan, ProcessSpec
from meshrig.runtime.process.keeper import ProcessStatus
from meshrig.runtime.process.ports import PortAllocator
from meshrig.runtime.process.supervisor import Supervisor

_FOREVER = "import time; time.sleep(600)"
_IGNORES_TERM = "import signal, time; signal.signal(signal.SIGTERM, signal.SIG_IGN); time.sleep(600)"
_WITH_CHILD = "import subprocess, sys; subprocess.run([sys.executable, '-c', 'import time; time.sleep(600)'])"


def spec(name: str, code: str, cwd: Path, **changes: object) -> ProcessSpec:
    argv = (sys.executable, "-c", code)
    values = {"name": name, "kind": "container", "argv": argv, "env": dict(os.environ), "cwd": cwd, "stop_grace": 1.0}
    return ProcessSpec(**(values | changes))  # type: ignore[arg-type]


def make(folder: Path, seen: list[ProcessStatus] | None = None) -> Supervisor:
    return Supervisor(folder / "state", folder / "logs", (seen if seen is not None else []).append)


@pytest.fixture
async def supervisor(tmp_path: Path) -> AsyncIterator[Supervisor]:
    made = make(tmp_path)
    yield made
    await made.stop()


def runs(pid: int) -> bool:
    """A zombie whose parent hasn't looked yet doesn't run."""
    try:
        return psutil.Process(pid).status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False


def pid_of(supervisor: Supervisor, name: str) -> int:
    return next(status.pid for status in supervisor.status() if status.name == name)


async def until_other_pid(supervisor: Supervisor, name: str, pid: int) -> int:
    async with asyncio.timeout(10):
        while (now := pid_of(supervisor, name)) in {0, pid}:
            await asyncio.sleep(0.02)
    return now


async def test_ensure_starts_and_a_second_ensure_changes_nothing(supervisor: Supervisor, tmp_path: Path) -> None:
    wanted = [spec("a", _FOREVER, tmp_path), spec("b", _FOREVER, tmp_path)]
    assert await supervisor.ensure(wanted, 10) == ("a", "b")
    pids = [status.pid for status in supervisor.status()]
    assert await supervisor.ensure(wanted, 10) == ()
    assert [status.pid for status in supervisor.status()] == pids


async def test_a_changed_spec_restarts_only_that_process(supervisor: Supervisor, tmp_path: Path) -> None:
    await supervisor.ensure([spec("a", _FOREVER, tmp_path), spec("b", _FOREVER, tmp_path)], 10)
    before = {status.name: status.pid for status in supervisor.status()}
    changed = spec("b", _FOREVER, tmp_path, env={**os.environ, "NEW": "1"})
    assert await supervisor.ensure([spec("a", _FOREVER, tmp_path), changed], 10) == ("b",)
    assert pid_of(supervisor, "a") == before["a"]
    assert pid_of(supervisor, "b") != before["b"]
    assert not runs(before["b"])


async def test_a_killed_process_comes_back(supervisor: Supervisor, tmp_path: Path) -> None:
    await supervisor.ensure([spec("a", _FOREVER, tmp_path)], 10)
    pid = pid_of(supervisor, "a")
    os.kill(pid, signal.SIGKILL)
    await until_other_pid(supervisor, "a", pid)
    status = supervisor.status()[0]
    assert status.restarts == 1
    assert status.last_exit == "killed by signal 9"


async def test_a_process_that_never_gets_ready_is_an_error_with_its_last_words(
    supervisor: Supervisor, tmp_path: Path
) -> None:
    broken = spec("a", "print('no such table'); raise SystemExit(3)", tmp_path, readiness=_never())
    with pytest.raises(
        MeshrigError, match=r"a ended \d+ times while starting \(exit code 3\)\n +no such table"
    ) as error:
        await supervisor.ensure([broken], 20)
    assert error.value.log == str(tmp_path / "logs" / "a.log")


async def test_a_program_that_does_not_exist_is_an_error(supervisor: Supervisor, tmp_path: Path) -> None:
    missing = spec("a", "", tmp_path, argv=("/no/such/program",))
    with pytest.raises(MeshrigError, match="cannot start: No such file or directory: /no/such/program"):
        await supervisor.ensure([missing], 20)


async def test_stop_ends_the_whole_group_even_one_that_ignores_sigterm(tmp_path: Path) -> None:
    supervisor = make(tmp_path)
    await supervisor.ensure([spec("a", _IGNORES_TERM, tmp_path), spec("b", _WITH_CHILD, tmp_path)], 10)
    pids = [status.pid for status in supervisor.status()]
    async with asyncio.timeout(10):
        while not (children := psutil.Process(pid_of(supervisor, "b")).children()):
            await asyncio.sleep(0.02)
    await supervisor.stop()
    assert not [pid for pid in (*pids, children[0].pid) if runs(pid)]
    assert list((tmp_path / "state" / "processes").iterdir()) == []


async def test_a_new_supervisor_adopts_what_an_earlier_one_left(tmp_path: Path) -> None:
    first = make(tmp_path)
    wanted = spec("a", _FOREVER, tmp_path)
    stray = spec("old", _FOREVER, tmp_path)
    await first.ensure([wanted, stray], 10)
    pids = {status.name: status.pid for status in first.status()}
    second = make(tmp_path)
    assert await second.ensure([wanted], 10) == ()
    assert pid_of(second, "a") == pids["a"]
    assert await second.prune(["a"]) == ("old",)
    await first.stop()
    await second.stop()


async def test_a_failing_liveness_probe_restarts(supervisor: Supervisor, tmp_path: Path) -> None:
    marker = tmp_path / "healthy"
    marker.touch()
    check = CommandCheck(("test", "-e", str(marker)))
    alive = ProbePlan(check, period=0.05, failure_threshold=2)
    await supervisor.ensure([spec("a", _FOREVER, tmp_path, liveness=alive)], 10)
    pid = pid_of(supervisor, "a")
    marker.unlink()
    await until_other_pid(supervisor, "a", pid)


async def test_readiness_follows_an_http_probe(tmp_path: Path) -> None:
    port = PortAllocator(tmp_path / "ports.json").port("web")
    code = f"from http.server import *; HTTPServer(('127.0.0.1', {port}), SimpleHTTPRequestHandler).serve_forever()"
    supervisor = make(tmp_path)
    await supervisor.ensure([spec("web", code, tmp_path, readiness=ProbePlan(HttpCheck(port, "/")))], 10)
    assert supervisor.status()[0].state == "ready"
    await supervisor.stop()


def _never() -> ProbePlan:
    return ProbePlan(CommandCheck(("false",)))


@pytest.mark.parametrize("env", [{"A=B": "c"}, {"A": "b\0c"}])
async def test_an_impossible_environment_is_a_failed_start(
    supervisor: Supervisor, tmp_path: Path, env: dict[str, str]
) -> None:
    with pytest.raises(MeshrigError, match="cannot start: "):
        await supervisor.ensure([spec("web-0", _FOREVER, tmp_path, env=env)], timeout=10.0)


async def test_a_process_that_cannot_be_written_down_does_not_stay(supervisor: Supervisor, tmp_path: Path) -> None:
    folder = tmp_path / "state" / "processes"
    folder.rmdir()
    folder.write_text("in the way")
    with pytest.raises(MeshrigError, match="cannot start: "):
        await supervisor.ensure([spec("web-0", _FOREVER, tmp_path)], timeout=10.0)
    marked = [p for p in psutil.process_iter(["cwd"]) if p.info["cwd"] == str(tmp_path) and runs(p.pid)]
    assert marked == []
    folder.unlink()
