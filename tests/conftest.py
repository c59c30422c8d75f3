"""Tests marked ``docker`` or ``kind`` run where Docker, or kind and kubectl, answer."""

from functools import cache

import pytest
from hypothesis import HealthCheck, settings

from meshrig.shell import run
from tests.needs import NEEDS, give_up, why_not

# How long an example takes says what else the machine does, nothing of what is tested.
settings.register_profile("steady", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("steady")


@pytest.hookimpl(tryfirst=True)
def pytest_runtest_setup(item: pytest.Item) -> None:
    """Before any fixture starts a container."""
    markers = frozenset(NEEDS) & {marker.name for marker in item.iter_markers()}
    if reason := _why_not(markers):
        give_up(reason, _skip, _fail)


@cache
def _why_not(markers: frozenset[str]) -> str:
    return why_not(markers, run)


def _skip(reason: str) -> None:
    pytest.skip(reason)


def _fail(reason: str) -> None:
    pytest.fail(f"{reason} (CI=true: nothing may be left out)", pytrace=False)
