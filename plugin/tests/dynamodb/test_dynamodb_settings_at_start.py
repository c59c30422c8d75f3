"""Settings that cannot work end LocalStack at its start, with the reason."""

import socket
from pathlib import Path

import pytest
from running_localstack import RunningLocalStack


def test_a_listener_without_the_moto_provider(tmp_path: Path) -> None:
    broken = RunningLocalStack(tmp_path, settings={"PROVIDER_OVERRIDE_DYNAMODB": ""})
    with pytest.raises(AssertionError, match="set PROVIDER_OVERRIDE_DYNAMODB=moto too"):
        broken.start()
    broken.stop()


def test_a_taken_port(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        broken = RunningLocalStack(tmp_path, dynamodb_port=taken.getsockname()[1])
        with pytest.raises(AssertionError, match=r"MESHRIG_DYNAMODB_LISTEN.*in use"):
            broken.start()
        broken.stop()
