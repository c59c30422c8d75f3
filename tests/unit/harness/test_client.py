"""The control client against servers that go away, or say what no server of ours says."""

import socket
import tempfile
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from meshrig.errors import MeshrigError
from meshrig.harness.client import ControlClient, take_events

HEAD = b"HTTP/1.1 200 OK\r\nContent-Type: application/x-ndjson\r\n"
CHUNKED = HEAD + b"Transfer-Encoding: chunked\r\n\r\n"


@contextmanager
def server(answer: bytes) -> Iterator[Path]:
    """Answers one request with these bytes, then closes."""
    with tempfile.TemporaryDirectory(prefix="mc") as folder, socket.socket(socket.AF_UNIX) as listening:
        path = Path(folder) / "s"
        listening.bind(str(path))
        listening.listen()

        def serve() -> None:
            connection, _ = listening.accept()
            with connection:
                asked = connection.recv(65_536)
                while asked.startswith(b"POST") and not asked.endswith(b"{}"):
                    asked += connection.recv(65_536)
                connection.sendall(answer)

        thread = threading.Thread(target=serve)
        thread.start()
        yield path
        thread.join()


def status(client: ControlClient) -> object:
    return client.status()


def converge(client: ControlClient) -> object:
    return list(client.converge({}))


@pytest.mark.parametrize("call", [status, converge])
@pytest.mark.parametrize(
    "answer",
    [
        b"",
        b"garbage\r\n",
        CHUNKED + b'5\r\n{"say',
        CHUNKED + b'9\r\n{"say": "\r\n0\r\n\r\n',
        HEAD + b'Content-Length: 30\r\n\r\n{"say": "half',
    ],
    ids=["nothing", "no HTTP", "half a chunk", "half a line", "half a body"],
)
def test_an_answer_that_breaks_off_is_a_lost_connection(call: Callable[[ControlClient], object], answer: bytes) -> None:
    with server(answer) as path, pytest.raises(OSError, match=r".+"):
        call(ControlClient(path))


@pytest.mark.parametrize("call", [status, converge])
def test_a_refusal_is_told(call: Callable[[ControlClient], object]) -> None:
    answer = b"HTTP/1.1 413 Request Entity Too Large\r\nContent-Length: 2\r\n\r\nno"
    with server(answer) as path, pytest.raises(MeshrigError, match="was answered 413 Request Entity Too Large"):
        call(ControlClient(path))


def test_nobody_there_is_an_os_error(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        ControlClient(tmp_path / "s").status()
    with pytest.raises(FileNotFoundError):
        list(ControlClient(tmp_path / "s").converge({}))


def test_events_that_end_too_soon_are_an_error_that_names_who_went() -> None:
    said: list[str] = []
    with pytest.raises(MeshrigError, match="the keeper ended before it was done"):
        take_events([{"say": "one"}], said.append, "the keeper")
    assert said == ["one"]
