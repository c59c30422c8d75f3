"""pytest-docker builds compose.yaml's images and brings it up, once for all tests of this folder."""

from collections.abc import Iterator

import pytest

from tests.integration.compose.system import ROOT, ComposeSystem, new_system


@pytest.fixture(scope="session")
def new_names() -> Iterator[ComposeSystem]:
    """Removed at the end, also when it did not come up."""
    system = new_system()
    with pytest.MonkeyPatch.context() as environment:
        # pytest-docker runs compose in this process's environment.
        for name, value in system.variables.items():
            environment.setenv(name, value)
        yield system
        system.remove()


@pytest.fixture(scope="session")
def docker_compose_file(new_names: ComposeSystem) -> str:  # noqa: ARG001 -- compose.yaml reads what that sets
    return str(ROOT / "compose" / "compose.yaml")


@pytest.fixture(scope="session")
def docker_compose_project_name(new_names: ComposeSystem) -> str:
    return new_names.name


@pytest.fixture(scope="session")
def docker_setup() -> list[str]:
    return ["build --quiet", "up --detach --wait --no-build"]


@pytest.fixture(scope="session")
def docker_cleanup() -> list[str]:
    """None: ``new_names`` removes everything, whether the setup worked or not."""
    return []


@pytest.fixture(scope="session")
def system(new_names: ComposeSystem, docker_services: object) -> ComposeSystem:  # noqa: ARG001
    """Running and healthy."""
    return new_names
