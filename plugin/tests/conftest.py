"""Fixtures shared by all tests of the plugin."""

from collections.abc import Iterator

import pytest
from hypothesis import HealthCheck, settings
from running_localstack import RunningLocalStack

# How long an example takes says what else the machine does, nothing of what is tested.
settings.register_profile("steady", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("steady")


@pytest.fixture(scope="session")
def localstack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningLocalStack]:
    """One real LocalStack with the plugin for the whole session; tests keep to names of their own."""
    running = RunningLocalStack(tmp_path_factory.mktemp("localstack"))
    running.start()
    yield running
    running.stop()
