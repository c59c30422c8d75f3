from pathlib import Path

import pytest

from meshrig.harness.runtimes import RUNTIMES, choose_runtime, down
from tests.unit.fake_run import FakeRun, failing, missing
from tests.unit.harness.test_turn import hold


@pytest.mark.parametrize("name", RUNTIMES)
def test_what_is_named_is_taken_whatever_is_there(name: str) -> None:
    assert choose_runtime(name, FakeRun()) == name


def test_auto_is_kind_where_everything_for_it_is_there() -> None:
    assert choose_runtime("auto", FakeRun({"*": "1.0"})) == "kind"
    assert choose_runtime("auto", FakeRun({"docker version *": failing("no engine"), "*": "1.0"})) == "process"


def test_down_ends_an_up_that_has_made_nothing_yet(tmp_path: Path) -> None:
    project = tmp_path / "meshrig.yaml"
    project.touch()
    (tmp_path / ".meshrig").mkdir()
    without_docker = FakeRun({"*": missing("docker")})
    assert not down(project, "kind", run=without_docker)
    holder = hold(tmp_path / ".meshrig" / "up.lock")
    assert down(project, "kind", run=without_docker)
    assert holder.communicate(timeout=10)[0] == "interrupted\n"
