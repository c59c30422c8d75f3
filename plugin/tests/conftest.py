"""Fixtures shared by all tests of the plugin."""

from collections.abc import Iterator

import pytest
from running_localstack import RunningLocalStack


@pytest.fixture(scope="session")
def localstack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningLocalStack]:
    """One real LocalStack with the plugin for the whole session; tests keep to names of their own."""
    running = RunningLocalStack(tmp_path_factory.mktemp("localstack"))
    running.start()
    yield running
    running.stop()
