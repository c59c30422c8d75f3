"""The HTTP server of the endpoint: a thread for each connection, as clients are few and their bodies large."""

import logging
import socket
import sys
import threading
from http.server import BaseHTTPRequestHandler
from socketserver import ThreadingTCPServer

from meshrig_localstack.services.ecr.docker.answers import Answer, DockerError
from meshrig_localstack.services.ecr.docker.bodies import ClientGoneError, RequestBody
from meshrig_localstack.services.ecr.docker.endpoint import DockerEndpoint, Forward, ManifestPush
from meshrig_localstack.services.ecr.docker.routes import DockerRequest, Kind
from meshrig_localstack.services.ecr.docker.transfer import BODILESS, RegistryAnswer, pass_on
from meshrig_localstack.services.ecr.manifests import MAX_MANIFEST_BYTES
from meshrig_localstack.services.ecr.registry import Registry, RegistryRefusalError, RegistryUnavailableError

LOG = logging.getLogger(__name__)

IDLE_SECONDS = 300.0
STOP_POLL_SECONDS = 0.05
API_VERSION = {"Docker-Distribution-Api-Version": "registry/2.0"}


class _Server(ThreadingTCPServer):
    daemon_threads = True
    allow_reuse_address = True
    request_queue_size = 128

    def __init__(self, host: str, port: int, endpoint: DockerEndpoint, registry: Registry) -> None:
        self.address_family = socket.AF_INET6 if ":" in host else socket.AF_INET
        self.endpoint = endpoint
        self.registry = registry
        super().__init__((host, port), _Connection)

    def handle_error(self, _request: object, client_address: object) -> None:
        """Called by the server with what ended a connection."""
        if isinstance(sys.exception(), ConnectionError | TimeoutError):
            LOG.debug("%s is gone: %s", client_address, sys.exception())
        else:
            LOG.exception("a request of %s failed", client_address)


class _Connection(BaseHTTPRequestHandler):
    """One kept-alive connection; every request goes through ``_serve``."""

    protocol_version = "HTTP/1.1"
    server_version = "meshrig-ecr"
    sys_version = ""
    timeout = IDLE_SECONDS
    disable_nagle_algorithm = True
    server: _Server

    def _serve(self) -> None:
        try:
            body = self._body()
            try:
                self._answer(body)
            finally:
                if not body.drain():
                    self.close_connection = True
        except (ClientGoneError, ConnectionError, TimeoutError) as problem:
            LOG.debug("%s %s: the client is gone: %s", self.command, self.path, problem)
            self.close_connection = True

    do_GET = do_HEAD = do_POST = do_PUT = do_PATCH = do_DELETE = _serve  # noqa: N815 -- http.server's names

    def _answer(self, body: RequestBody) -> None:
        try:
            self._decide(body)
        except DockerError as refusal:
            self._write(refusal.answer())
        except RegistryRefusalError as refusal:
            self._write(DockerError(502, "UNKNOWN", str(refusal)).answer())
        except RegistryUnavailableError as problem:
            self._write(DockerError(503, "UNAVAILABLE", str(problem)).answer())

    def _decide(self, body: RequestBody) -> None:
        headers = {name.lower(): ", ".join(self.headers.get_all(name, [])) for name in self.headers}
        request = DockerRequest(self.command, self.path, headers)
        decision = self.server.endpoint.decide(request)
        if isinstance(decision, Answer):
            self._write(decision)
        elif isinstance(decision, ManifestPush):
            content = body.read(MAX_MANIFEST_BYTES)
            if content is None:
                text = f"A manifest may have {MAX_MANIFEST_BYTES} bytes and not more"
                raise DockerError(413, "MANIFEST_INVALID", text)
            self._write(self.server.endpoint.push_manifest(decision, content))
        else:
            answer = pass_on(self.server.registry, self.command, decision.target, headers, body)
            try:
                self._relay(decision, answer)
            finally:
                answer.close()

    def _relay(self, forward: Forward, answer: RegistryAnswer) -> None:
        if answer.status == 404 and forward.route.kind is Kind.MANIFEST:
            raise DockerError(404, "MANIFEST_UNKNOWN", "Requested image not found")
        headers = answer.headers()
        if answer.location is not None:
            headers["Location"] = forward.client_location(answer.location)
        has_body = self.command != "HEAD" and answer.status not in BODILESS
        if has_body and "Content-Length" not in headers:
            self.close_connection = True
        self._write_head(answer.status, headers)
        if has_body and not answer.copy_body(self.wfile):
            self.close_connection = True

    def _write(self, answer: Answer) -> None:
        self._write_head(answer.status, {**answer.headers, "Content-Length": str(len(answer.body))})
        if self.command != "HEAD":
            self.wfile.write(answer.body)

    def _write_head(self, status: int, headers: dict[str, str]) -> None:
        self.send_response(status)
        for name, value in {**API_VERSION, **headers}.items():
            self.send_header(name, value)
        if self.close_connection:
            self.send_header("Connection", "close")
        self.end_headers()

    def _body(self) -> RequestBody:
        encoding, length = self.headers.get("Transfer-Encoding"), self.headers.get("Content-Length")
        if encoding is not None:
            if encoding.lower() != "chunked" or length is not None:
                raise ClientGoneError(f"a body that is {encoding!r} and of {length} bytes")
            return RequestBody(self.rfile, None)
        if length is not None and not (length.isascii() and length.isdigit()):
            raise ClientGoneError(f"not a Content-Length: {length!r}")
        return RequestBody(self.rfile, int(length or 0))

    def log_message(self, format: str, *args: object) -> None:
        """To LocalStack's log, for who looks closely."""
        LOG.debug(format, *args)


class DockerListener:
    """The listener and its threads. ``address`` is where it listens, with the port that the kernel chose for 0."""

    def __init__(self, host: str, port: int, endpoint: DockerEndpoint, registry: Registry) -> None:
        """Binds at once: OSError when the address is taken or not this machine's."""
        self._server = _Server(host, port, endpoint, registry)
        self.address: tuple[str, int] = self._server.socket.getsockname()[:2]
        serve = self._server.serve_forever
        self._thread = threading.Thread(target=serve, args=(STOP_POLL_SECONDS,), name="meshrig-ecr", daemon=True)

    def start(self) -> None:
        """Serves in threads of its own until ``stop``."""
        self._thread.start()

    def stop(self) -> None:
        """Closes the listener. Transfers under way end with the process."""
        self._server.shutdown()
        self._server.server_close()
        self._thread.join(timeout=5)
