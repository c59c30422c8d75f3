"""Each golden case compiles to its file, and Envoy accepts it."""

import subprocess
from pathlib import Path

import pytest

import envoy
from meshrig.compile.static import to_static_bootstrap, to_yaml
from tests.golden.cases import CASES, EXPECTED
from tests.golden.pem import dummy_secrets
from tests.golden.regenerate import EXAMPLES

ENVOY = Path(next(iter(envoy.__path__))) / "_bin" / "envoy"


@pytest.mark.parametrize("name", CASES)
def test_compiles_to_its_golden_file(name: str) -> None:
    assert to_yaml(CASES[name]()) == (EXPECTED / f"{name}.yaml").read_text(encoding="utf-8")


def test_every_golden_file_has_a_case() -> None:
    assert {file.stem for file in EXPECTED.glob("*.yaml")} == set(CASES)


def test_examples_are_golden_files() -> None:
    for example in EXAMPLES.glob("*.yaml"):
        assert example.read_text(encoding="utf-8") == (EXPECTED / example.name).read_text(encoding="utf-8")


@pytest.mark.integration
@pytest.mark.parametrize("name", CASES)
def test_envoy_accepts(name: str, tmp_path: Path) -> None:
    config = CASES[name]()
    bootstrap = tmp_path / "bootstrap.json"
    bootstrap.write_text(to_static_bootstrap(config, dummy_secrets(config)), encoding="utf-8")
    argv = [str(ENVOY), "--mode", "validate", "-l", "error", "-c", str(bootstrap)]
    done = subprocess.run(argv, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
