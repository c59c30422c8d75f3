"""Fixtures of ECR's tests: a registry in this process, alone, behind the endpoint, and behind a LocalStack."""

from collections.abc import Iterator

import pytest
from ecr_support import NODE_PASSWORD, RunningEcr, start_localstack
from fake_registry import FakeRegistry
from moto.ecr.models import ecr_backends
from running_localstack import free_port

from meshrig_localstack.services.ecr.docker.endpoint import DockerEndpoint
from meshrig_localstack.services.ecr.docker.listener import DockerListener
from meshrig_localstack.services.ecr.parts import EcrParts
from meshrig_localstack.services.ecr.pushes import Images
from meshrig_localstack.services.ecr.registry import Registry
from meshrig_localstack.services.ecr.settings import EcrSettings, read_settings
from meshrig_localstack.services.ecr.tokens import Tokens


@pytest.fixture
def fake() -> Iterator[FakeRegistry]:
    registry = FakeRegistry()
    yield registry
    registry.stop()


@pytest.fixture
def settings(fake: FakeRegistry) -> EcrSettings:
    read = read_settings(
        {
            "MESHRIG_REGISTRY_URL": fake.url,
            "MESHRIG_ECR_LISTEN": "127.0.0.1:0",
            "MESHRIG_ECR_HOST": "localhost:4510",
            "MESHRIG_ECR_NODE_PASSWORD": NODE_PASSWORD,
        }
    )
    assert read is not None
    return read


@pytest.fixture
def parts(settings: EcrSettings) -> Iterator[EcrParts]:
    """With moto's repositories of this process, forgotten afterwards."""
    yield EcrParts(settings, Images(Registry(settings.registry, timeout=5)), Tokens(b"key"))
    ecr_backends.reset()


@pytest.fixture
def listener(parts: EcrParts) -> Iterator[DockerListener]:
    listening = DockerListener("127.0.0.1", 0, DockerEndpoint(parts), parts.images.registry)
    listening.start()
    yield listening
    listening.stop()


@pytest.fixture(scope="session")
def ecr(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningEcr]:
    """One for the whole session; tests keep to names of their own."""
    registry = FakeRegistry()
    running = start_localstack(tmp_path_factory.mktemp("ecr"), registry.url, free_port())
    yield RunningEcr(running, registry, int(running.settings["MESHRIG_ECR_LISTEN"].rpartition(":")[2]))
    running.stop()
    registry.stop()
