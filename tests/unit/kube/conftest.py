"""An API server and a client of it."""

from collections.abc import AsyncIterator

import pytest

from meshrig.kube.client import KubeClient
from tests.unit.kube.fake_api import FakeApi, serving


@pytest.fixture
def api() -> FakeApi:
    return FakeApi()


@pytest.fixture
async def client(api: FakeApi) -> AsyncIterator[KubeClient]:
    async with serving(api) as made:
        yield made
