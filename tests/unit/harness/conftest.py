from collections.abc import Iterator

import pytest

from tests.unit.harness.fake_aws import FakeAws


@pytest.fixture
def aws() -> Iterator[FakeAws]:
    made = FakeAws()
    yield made
    made.close()
