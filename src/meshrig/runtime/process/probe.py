"""Run one health check, as a kubelet would (HTTP 200-399 is healthy)."""

import asyncio
from pathlib import Path

from meshrig.model.plan import Check, CommandCheck, HttpCheck, SocketHttpCheck, TcpCheck

LOOPBACK = "127.0.0.1"


async def is_healthy(check: Check, timeout: float) -> bool:
    """Whether the check passes within ``timeout`` seconds; never raises for a check that fails."""
    try:
        async with asyncio.timeout(timeout):
            return await _run(check)
    except (OSError, TimeoutError, ValueError, asyncio.IncompleteReadError):
        return False


async def _run(check: Check) -> bool:
    match check:
        case HttpCheck(port, path):
            return await _http_ok(*await asyncio.open_connection(LOOPBACK, port), path)
        case SocketHttpCheck(socket, path):
            return await _http_ok(*await _open_socket(socket), path)
        case TcpCheck(port):
            _, writer = await asyncio.open_connection(LOOPBACK, port)
            writer.close()
            return True
        case CommandCheck(argv):
            return await _command_ok(argv)


async def _open_socket(path: Path) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
    return await asyncio.open_unix_connection(path)


async def _http_ok(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, path: str) -> bool:
    try:
        writer.write(f"GET {path} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n".encode())
        await writer.drain()
        status = int((await reader.readline()).split()[1])
        return 200 <= status < 400
    except IndexError:
        return False
    finally:
        writer.close()


async def _command_ok(argv: tuple[str, ...]) -> bool:
    quiet = asyncio.subprocess.DEVNULL
    process = await asyncio.create_subprocess_exec(*argv, stdin=quiet, stdout=quiet, stderr=quiet)
    try:
        return await process.wait() == 0
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()
