"""What ECR's tests share: places, passwords, and a LocalStack that keeps images in a registry."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from fake_registry import FakeRegistry
from moto.ecr.models import ecr_backends
from running_localstack import RunningLocalStack

from meshrig_localstack.services.ecr.repositories import Place

ACCOUNT = "000000000000"
HOME = Place(ACCOUNT, "us-east-1")
NODE_PASSWORD = "node-secret"


def create_repository(
    name: str, place: Place = HOME, mutability: str = "MUTABLE", filters: list[str] | None = None
) -> None:
    """Creates a repository in moto, as CreateRepository does."""
    exclusions = [{"filterType": "WILDCARD", "filter": each} for each in filters] if filters else None
    ecr_backends[place.account][place.region].create_repository(name, None, {}, None, mutability, [], exclusions)


@dataclass(frozen=True)
class RunningEcr:
    """A LocalStack whose ECR keeps images in ``fake``."""

    localstack: RunningLocalStack
    fake: FakeRegistry
    docker_port: int

    @property
    def client(self) -> Any:
        return self.localstack.client("ecr")


def start_localstack(directory: Path, registry_url: str, docker_port: int) -> RunningLocalStack:
    """A LocalStack with ECR's endpoint at ``docker_port``."""
    running = RunningLocalStack(
        directory,
        settings={
            "MESHRIG_REGISTRY_URL": registry_url,
            "MESHRIG_ECR_LISTEN": f"127.0.0.1:{docker_port}",
            "MESHRIG_ECR_NODE_PASSWORD": NODE_PASSWORD,
        },
    )
    running.start()
    return running
