"""An HTTP server on loopback that answers what the test says and remembers what it was asked."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


@dataclass(frozen=True)
class SeenRequest:
    """`target` as on the request line: absolute when the client takes this server for its proxy."""

    target: str
    headers: dict[str, str]
    client_port: int


@dataclass
class FakeUpstream:
    """Answers `status` and `body` to each GET after `gate` is set, closing the connection if `closes` is."""

    url: str
    status: int = 200
    body: bytes = b"{}"
    closes: bool = False
    gate: threading.Event = field(default_factory=threading.Event)
    seen: list[SeenRequest] = field(default_factory=list)


@contextmanager
def serve_fake_upstream() -> Iterator[FakeUpstream]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            upstream.seen.append(SeenRequest(self.path, dict(self.headers.items()), self.client_address[1]))
            upstream.gate.wait()
            self.close_connection = upstream.closes
            if upstream.closes:
                return
            # A client that gave up while the gate was shut is gone by now.
            with suppress(ConnectionError):
                self.send_response(upstream.status)
                self.send_header("Content-Length", str(len(upstream.body)))
                self.end_headers()
                self.wfile.write(upstream.body)

        def log_message(self, format: str, *args: object) -> None:
            """Quiet: the test looks at `seen`."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    upstream = FakeUpstream(f"http://127.0.0.1:{server.server_port}")
    upstream.gate.set()
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        yield upstream
    finally:
        upstream.gate.set()
        server.shutdown()
        thread.join()
        server.server_close()
