"""The listener's sockets, in this process."""

import json
import socket
from collections.abc import Iterator

import pytest

from meshrig_localstack.dynamodb.listener import DynamoDbListener

LIST_TABLES = b"POST / HTTP/1.1\r\nHost: x\r\nX-Amz-Target: DynamoDB_20120810.ListTables\r\nContent-Length: 2\r\n\r\n{}"


@pytest.fixture
def listener() -> Iterator[DynamoDbListener]:
    listening = DynamoDbListener("127.0.0.1", 0)
    listening.start()
    yield listening
    listening.stop()


@pytest.fixture
def connection(listener: DynamoDbListener) -> Iterator[socket.socket]:
    with socket.create_connection(listener.address, timeout=10) as connected:
        yield connected


def read_answers(connection: socket.socket, count: int) -> list[tuple[int, bytes]]:
    answers = []
    with connection.makefile("rb") as stream:
        for _ in range(count):
            status = int(stream.readline().split()[1])
            length = 0
            while (line := stream.readline().strip()) != b"":
                name, _, value = line.partition(b":")
                length = int(value) if name.lower() == b"content-length" else length
            answers.append((status, stream.read(length)))
    return answers


def test_requests_of_one_connection_in_pieces_and_at_once(connection: socket.socket) -> None:
    for byte in LIST_TABLES:
        connection.sendall(bytes([byte]))
    connection.sendall(LIST_TABLES * 3)
    answers = read_answers(connection, 4)
    assert [status for status, _ in answers] == [200] * 4
    assert all("TableNames" in json.loads(body) for _, body in answers)


def test_continue(connection: socket.socket) -> None:
    head, body = LIST_TABLES[:-2], LIST_TABLES[-2:]
    connection.sendall(head.replace(b"Host: x", b"Expect: 100-continue"))
    assert read_answers(connection, 1) == [(100, b"")]
    connection.sendall(body)
    assert read_answers(connection, 1)[0][0] == 200


@pytest.mark.parametrize(
    ("sent", "status"),
    [
        (b"nonsense\r\n\r\n", 400),
        (b"POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n", 411),
        (b"POST / HTTP/1.1\r\nA: " + b"x" * 70_000, 431),
        (LIST_TABLES.replace(b"Host: x", b"Connection: close"), 200),
    ],
)
def test_answers_that_end_the_connection(connection: socket.socket, sent: bytes, status: int) -> None:
    connection.sendall(sent)
    assert read_answers(connection, 1)[0][0] == status
    assert connection.recv(1) == b""


def test_stopping_frees_the_port_and_ends_connections(listener: DynamoDbListener, connection: socket.socket) -> None:
    connection.sendall(LIST_TABLES)
    assert read_answers(connection, 1)[0][0] == 200
    listener.stop()
    assert connection.recv(1) == b""
    with pytest.raises(ConnectionRefusedError):
        socket.create_connection(listener.address)


def test_a_taken_port(listener: DynamoDbListener) -> None:
    with pytest.raises(OSError, match="in use"):
        DynamoDbListener(*listener.address)
