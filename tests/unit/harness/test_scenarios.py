from pathlib import Path

import pytest

from meshrig.errors import InvalidInputError
from meshrig.harness.scenarios import select_scenarios
from tests.unit.harness.small_project import GOOD, write_project


def names(project_file: Path, *chosen: str) -> list[str]:
    return [scenario.name for scenario in select_scenarios(project_file, chosen)]


def test_nothing_and_all_mean_all_in_the_projects_order(tmp_path: Path) -> None:
    project = write_project(tmp_path)
    assert names(project) == names(project, "all") == ["rate limit", "mTLS"]


@pytest.mark.parametrize("name", ["mtls", "mTLS"])
def test_a_scenario_goes_by_its_files_name_or_its_own(tmp_path: Path, name: str) -> None:
    assert names(write_project(tmp_path), name) == ["mTLS"]


def test_a_file_may_be_any(tmp_path: Path) -> None:
    project, other = write_project(tmp_path), tmp_path / "other.yaml"
    other.write_text(GOOD.format("other"))
    assert names(project, str(other), "mtls") == ["other", "mTLS"]


def test_each_runs_once(tmp_path: Path) -> None:
    project = write_project(tmp_path)
    assert names(project, "mtls", "mTLS", str(tmp_path / "mtls.yaml"), "all") == ["mTLS", "rate limit"]


def test_all_that_is_wrong_comes_at_once(tmp_path: Path) -> None:
    project = write_project(tmp_path)
    (tmp_path / "mtls.yaml").write_text("name: mTLS\nphases: [{name: p, bypass: {target: users, via: [pod]}}]\n")
    with pytest.raises(InvalidInputError) as caught:
        names(project, "rate_limt", "mtls")
    found = [str(problem) for problem in caught.value.problems]
    assert found[0] == "there is no scenario and no file rate_limt (did you mean rate_limit?)"
    assert "mtls.yaml:2" in found[1]
    assert "unknown word 'pod'" in found[1]


def test_a_project_without_scenarios_is_said(tmp_path: Path) -> None:
    with pytest.raises(InvalidInputError, match="the project names no scenarios"):
        names(write_project(tmp_path, scenarios=()))
