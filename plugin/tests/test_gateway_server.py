"""The gateway listens where it was told to and nowhere else."""

import socket

import pytest
from running_localstack import RunningLocalStack


def test_only_the_given_address_is_bound(localstack: RunningLocalStack) -> None:
    socket.create_connection(("127.0.0.1", localstack.gateway_port), timeout=5).close()
    with pytest.raises(OSError, match=r"refused|timed out|assign|unreachable"):
        socket.create_connection(("127.0.0.2", localstack.gateway_port), timeout=2)
