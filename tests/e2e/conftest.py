from collections.abc import Iterator

import pytest

from tests.e2e.checkout import Checkout


@pytest.fixture(scope="session")
def checkout(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Checkout]:
    """A running system in a fresh copy of the checkout."""
    made = Checkout.copy_to(tmp_path_factory.mktemp("checkout"))
    up = made.make("local-up")
    if up.returncode:
        made.make("local-down")
        pytest.fail(f"make local-up exited with {up.returncode}\n{up.stdout}\n{up.stderr}")
    yield made
    made.make("local-down")
