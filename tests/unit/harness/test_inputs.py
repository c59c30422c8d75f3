"""What only shows when the files of a project are seen together."""

import shutil
from pathlib import Path

import pytest

from meshrig.errors import InvalidInputError
from meshrig.harness.inputs import read_inputs

ROOT = Path(__file__).resolve().parents[3]


@pytest.fixture
def root(tmp_path: Path) -> Path:
    shutil.copy(ROOT / "meshrig.yaml", tmp_path)
    for folder in ("cfn", "kind", "services", "scenarios"):
        shutil.copytree(ROOT / folder, tmp_path / folder, ignore=shutil.ignore_patterns("__pycache__"))
    return tmp_path


@pytest.mark.parametrize(
    ("file", "old", "new", "expected"),
    [
        ("meshrig.yaml", "UsersRepository", "UserRepository", "UserRepository is not an AWS::ECR::Repository"),
        ("kind/manifests/ingress.yaml", "ClassName: nginx", "ClassName: ngin", "no pod serves the class ngin"),
        ("kind/manifests/ingress.yaml", "io/rewrite-target", "io/rewrite-targt", "rewrite-targt is not supported"),
        ("kind/manifests/ingress.yaml", "/(users(?:/.*)?)", "/(users(?:/.*?)", "Ingress/shop"),
        ("cfn/parameters/local.json", "UseAppMesh", "UseApMesh", "parameter UseApMesh is given but not declared"),
    ],
)
def test_a_mistake_is_one_problem(root: Path, file: str, old: str, new: str, expected: str) -> None:
    read_inputs(root / "meshrig.yaml")
    text = (root / file).read_text()
    assert old in text
    (root / file).write_text(text.replace(old, new, 1))
    with pytest.raises(InvalidInputError) as error:
        read_inputs(root / "meshrig.yaml")
    (problem,) = error.value.problems
    assert expected in str(problem)
    assert file in problem.origin.file
    assert problem.origin.line
