"""Talk to the daemon, or to the keeper, over its control socket."""

import http.client
import json
import socket
from collections.abc import Callable, Iterable, Iterator
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
    """Calls raise OSError (such as ConnectionRefusedError or FileNotFoundError) where no daemon answers."""

    def __init__(self, control: Path) -> None:
        self._control = control

    def status(self) -> dict[str, Any]:
        return self._json("GET", "/v1/status", timeout=10.0)

    def converge(self, body: dict[str, Any]) -> Iterator[dict[str, Any]]:
        """Events as the server emits them, the last one holding ``done`` or ``error``."""
        connection = _UnixConnection(self._control, timeout=600.0)
        try:
            connection.request("POST", "/v1/converge", json.dumps(body), {"Content-Type": "application/json"})
            for line in connection.getresponse():
                yield json.loads(line)
        except (http.client.HTTPException, ValueError) as error:
            raise ConnectionError(f"{self._control} broke off: {error}") from error
        finally:
            connection.close()

    def _json(self, method: str, path: str, timeout: float) -> dict[str, Any]:
        connection = _UnixConnection(self._control, timeout)
        try:
            connection.request(method, path)
            content: dict[str, Any] = json.loads(connection.getresponse().read())
            return content
        except (http.client.HTTPException, ValueError) as error:
            raise ConnectionError(f"{self._control} broke off: {error}") from error
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


def take_events(events: Iterable[dict[str, Any]], say: Callable[[str], None]) -> dict[str, Any]:
    """Say what the server says, return the status it ends with.

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
    raise MeshrigError("the daemon ended before it was done")
