import json
from pathlib import Path

import pytest

from meshrig.errors import InvalidInputError
from meshrig.read.project import read_project

GOOD = """\
project: shop
template: stack.yaml
stack: {name: shop, region: eu-west-1}
targets:
  local: {parameters: local.json}
  aws: {account: "123456789012"}
manifests: [manifests]
images:
  web: {context: web, repository: WebRepository}
"""
PARAMETERS = [{"ParameterKey": "Size", "ParameterValue": "2"}, {"ParameterKey": "Open", "ParameterValue": True}]


@pytest.fixture
def root(tmp_path: Path) -> Path:
    for folder in ("manifests", "web"):
        (tmp_path / folder).mkdir()
    (tmp_path / "stack.yaml").write_text("")
    (tmp_path / "local.json").write_text(json.dumps(PARAMETERS, indent=1))
    (tmp_path / "meshrig.yaml").write_text(GOOD)
    return tmp_path


def problems(root: Path) -> list[str]:
    with pytest.raises(InvalidInputError) as error:
        read_project(root / "meshrig.yaml")
    return [str(problem).rpartition(str(root.name) + "/")[2] for problem in error.value.problems]


def test_a_project_is_read_with_the_places_of_its_parameters(root: Path) -> None:
    project = read_project(root / "meshrig.yaml")
    local = project.targets["local"]
    assert dict(local.parameters) == {"Size": "2", "Open": "true"}
    assert local.places["Size"].line == 4
    assert project.targets["aws"].account == "123456789012"
    assert project.images["web"].dockerfile == root / "web" / "Dockerfile"


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        ("template:", "templat:", "meshrig.yaml:2: templat: unknown field (did you mean template?)"),
        (
            "template: stack.yaml",
            "template: manifests",
            "meshrig.yaml:2: template: manifests does not exist or is not a",
        ),
        ("project: shop", "project: 1", "meshrig.yaml:1: project: must be text (quote it)"),
        ("project: shop", "project: ''", "meshrig.yaml:1: project: must not be empty"),
        ("name: shop", "name: my shop", "meshrig.yaml:3: stack.name: 'my shop' must be a letter, then letters"),
        ("eu-west-1", "eu west", "meshrig.yaml:3: stack.region: 'eu west' must be a region such as us-east-1"),
        ("  local:", "  locl:", "meshrig.yaml:5: targets.locl: unknown target (did you mean local?)"),
        ('"123456789012"', "'12'", "meshrig.yaml:6: targets.aws.account: '12' must be 12 digits"),
        ("[manifests]", "[manifest]", "meshrig.yaml:7: manifests[0]: manifest does not exist"),
        (
            "context: web",
            "context: stack.yaml",
            "meshrig.yaml:9: images.web.context: stack.yaml does not exist or is not a",
        ),
        ("{context: web, repository: WebRepository}", "", "meshrig.yaml:9: images.web: context is missing"),
    ],
)
def test_a_mistake_is_one_problem_with_its_line(root: Path, old: str, new: str, expected: str) -> None:
    assert old in GOOD
    (root / "meshrig.yaml").write_text(GOOD.replace(old, new))
    (problem,) = problems(root)
    assert problem.startswith(expected)


@pytest.mark.parametrize("text", ["hello", "- a"])
def test_what_is_no_mapping_is_one_problem(root: Path, text: str) -> None:
    (root / "meshrig.yaml").write_text(text)
    assert problems(root) == ["meshrig.yaml:1: must be a mapping"]


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        (b"", "local.json: must be a list of ParameterKey and ParameterValue"),
        (b'{"Size": "2"}', "local.json: must be a list of ParameterKey and ParameterValue"),
        (b'["a"]', "local.json:1: [0]: must be a mapping"),
        (b'[\n{"ParameterKey": "A"}]', "local.json:2: [0]: ParameterValue is missing"),
        (b'[{"ParameterKey": "A", "ParameterValue": []}]', "local.json:1: [0].ParameterValue: must be a text"),
        (b'[{"ParameterKey": "A", "ParameterValue": "\xff"}]', "local.json:1: cannot be read: not UTF-8 text"),
        (
            b'[{"ParameterKey": "A", "ParameterValue": "1"},\n{"ParameterKey": "A", "ParameterValue": "2"}]',
            "local.json:2: [1].ParameterKey: A stands twice",
        ),
    ],
)
def test_a_parameter_file_is_named_with_its_line(root: Path, content: bytes, expected: str) -> None:
    (root / "local.json").write_bytes(content)
    assert problems(root) == [expected]


def test_a_folder_in_the_place_of_a_parameter_file_is_refused(root: Path) -> None:
    (root / "local.json").unlink()
    (root / "local.json").mkdir()
    (problem,) = problems(root)
    assert "local.json does not exist or is not a file" in problem
