"""A real Envoy with a static configuration, and a backend that shows what it was sent."""

import json
import socket
import subprocess
import threading
from collections.abc import Iterator
from contextlib import closing, contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import envoy
from meshrig.compile.static import SecretPem, to_static_bootstrap
from meshrig.model.plan import ProxyConfig

ENVOY = Path(next(iter(envoy.__path__))) / "_bin" / "envoy"
_READY = "starting main dispatch loop"


class _Echo(BaseHTTPRequestHandler):
    """Answers what arrived: verb, path and headers in lower case, as JSON."""

    protocol_version = "HTTP/1.1"

    def _answer(self) -> None:
        self.rfile.read(int(self.headers.get("content-length", 0)))
        seen = {"method": self.command, "path": self.path, "headers": {k.lower(): v for k, v in self.headers.items()}}
        body = json.dumps(seen).encode()
        self.send_response(200)
        self.send_header("content-length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    do_GET = do_POST = do_PUT = do_DELETE = _answer  # noqa: N815

    def log_message(self, format: str, *args: object) -> None:
        """Quiet."""


@contextmanager
def echo_backend() -> Iterator[int]:
    """Yields its port."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), _Echo)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield server.server_port
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def free_port() -> int:
    with closing(socket.socket()) as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


@contextmanager
def running_envoy(config: ProxyConfig, folder: Path, secrets: dict[str, SecretPem] | None = None) -> Iterator[None]:
    """Runs until the block ends; entered once Envoy says that it serves."""
    bootstrap = folder / f"{config.node_id.replace('/', '-')}.json"
    bootstrap.write_text(to_static_bootstrap(config, secrets or {}), encoding="utf-8")
    argv = [str(ENVOY), "-c", str(bootstrap), "--use-dynamic-base-id", "--concurrency", "1", "-l", "info"]
    process = subprocess.Popen(argv, stderr=subprocess.PIPE, text=True)
    assert process.stderr is not None
    lines: list[str] = []
    for line in process.stderr:
        lines.append(line)
        if _READY in line:
            break
    drain = threading.Thread(target=process.stderr.read)
    drain.start()
    try:
        assert process.poll() is None, "".join(lines[-5:])
        yield
    finally:
        process.terminate()
        process.wait()
        drain.join()
