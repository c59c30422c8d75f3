import pytest

from meshrig.harness.runtimes import RUNTIMES, choose_runtime
from tests.unit.fake_run import FakeRun, failing


@pytest.mark.parametrize("name", RUNTIMES)
def test_what_is_named_is_taken_whatever_is_there(name: str) -> None:
    assert choose_runtime(name, FakeRun()) == name


def test_auto_is_kind_where_everything_for_it_is_there() -> None:
    assert choose_runtime("auto", FakeRun({"*": "1.0"})) == "kind"
    assert choose_runtime("auto", FakeRun({"docker version *": failing("no engine"), "*": "1.0"})) == "process"
