"""Talk to the daemon, or to the keeper, over its control socket."""

import http.client
import json
import socket
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from meshrig.errors import MeshrigError


class _UnixConnection(http.client.HTTPConnection):
    def __init__(self, path: Path, timeout: float) -> None:
        super().__init__("localhost", timeout=timeout)
        self._path = path

    def connect(self) -> None:
        self.sock = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self.sock.settimeout(self.timeout)
        self.sock.connect(str(self._path))


class ControlClient:
    """Calls raise OSError (such as ConnectionRefusedError or FileNotFoundError) where no daemon answers, or it goes
    away in the middle."""

    def __init__(self, control: Path) -> None:
        self._control = control

    def status(self) -> dict[str, Any]:
        return self._json("GET", "/v1/status", timeout=10.0)

    def converge(self, body: dict[str, Any]) -> Iterator[dict[str, Any]]:
        """Events as the server emits them, the last one holding ``done`` or ``error``."""
        with self._ask("POST", "/v1/converge", body, timeout=600.0) as answer:
            for line in answer:
                yield json.loads(line)

    def _json(self, method: str, path: str, timeout: float) -> dict[str, Any]:
        with self._ask(method, path, None, timeout) as answer:
            content: dict[str, Any] = json.loads(answer.read())
            return content

    @contextmanager
    def _ask(
        self, method: str, path: str, body: dict[str, Any] | None, timeout: float
    ) -> Iterator[http.client.HTTPResponse]:
        connection = _UnixConnection(self._control, timeout)
        text = None if body is None else json.dumps(body)
        try:
            connection.request(method, path, text, {"Content-Type": "application/json"} if text else {})
            answer = connection.getresponse()
            if answer.status != http.client.OK:
                raise MeshrigError(f"{path} was answered {answer.status} {answer.reason}")
            yield answer
        except (http.client.HTTPException, ValueError) as error:
            # Half a message, or half a line of JSON: what sent it has died.
            raise ConnectionResetError(f"the answer to {path} broke off: {error!r}") from error
        finally:
            connection.close()


def exchange(control: Path, request: str) -> Iterator[dict[str, Any]]:
    """One request ``{"path": "/v1/status"}`` or ``{"path": "/v1/converge", "body": ...}``; its answers in order.

    Raises OSError where nothing listens.
    """
    asked = json.loads(request)
    client = ControlClient(control)
    if asked["path"] == "/v1/converge":
        yield from client.converge(asked["body"])
    else:
        yield client.status()


def take_events(
    events: Iterable[dict[str, Any]], say: Callable[[str], None], who: str = "the daemon"
) -> dict[str, Any]:
    """Say what the server (``who``) says, return the status it ends with.

    Raises MeshrigError as the server did, or when it ends in the middle.
    """
    for event in events:
        if "say" in event:
            say(event["say"])
        elif "error" in event:
            error = event["error"]
            failure = MeshrigError(error["message"], error["hint"], error["log"])
            failure.exit_code = int(error["exit_code"])
            raise failure
        elif "done" in event:
            done: dict[str, Any] = event["done"]
            return done
    raise MeshrigError(f"{who} ended before it was done")
