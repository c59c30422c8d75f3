"""Real Envoys of the control plane under test."""

import json
import socket
import subprocess
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

import aiohttp

from meshrig.xds.bootstrap import build_bootstrap, find_envoy


@dataclass(frozen=True)
class RunningEnvoy:
    admin: Path

    async def counter(self, name: str) -> int:
        """The value of one statistic; raises KeyError when Envoy has none of that name."""
        connector = aiohttp.UnixConnector(str(self.admin))
        async with aiohttp.ClientSession(connector=connector) as session, session.get("http://admin/stats") as answer:
            lines = (await answer.text()).splitlines()
        return int(dict(line.split(": ", 1) for line in lines)[name])


@asynccontextmanager
async def running_envoy(folder: Path, node_id: str) -> AsyncIterator[RunningEnvoy]:
    """An Envoy that gets everything from ``folder``/xds.sock."""
    name = node_id.replace("/", "-")
    admin, bootstrap = folder / f"{name}.sock", folder / f"{name}.json"
    bootstrap.write_text(json.dumps(build_bootstrap(node_id, "test", folder / "xds.sock", admin)))
    argv = [str(find_envoy()), "-c", str(bootstrap), "--concurrency", "1", "--disable-hot-restart", "-l", "error"]
    process = subprocess.Popen(argv, cwd=folder)
    try:
        yield RunningEnvoy(admin)
    finally:
        process.terminate()
        process.wait()


def free_port() -> int:
    """A port of 127.0.0.1 that the kernel says is free."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
