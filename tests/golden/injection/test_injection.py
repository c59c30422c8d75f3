"""Each pod comes out as its file says, and Envoy accepts the bootstrap in it."""

import json
import subprocess
from dataclasses import replace
from pathlib import Path

import pytest

from meshrig.xds.bootstrap import find_envoy
from tests.golden.injection.cases import CASES, EXPECTED, SETTINGS, bootstrap_of, injected, to_yaml
from tests.golden.pem import self_signed

WITH_ENVOY = [case for case in CASES if case != "disabled"]


@pytest.mark.parametrize("case", CASES)
def test_comes_out_as_its_golden_file(case: str) -> None:
    assert to_yaml(case) == (EXPECTED / f"{case}.yaml").read_text(encoding="utf-8")


def test_every_golden_file_has_a_case() -> None:
    assert {file.stem for file in EXPECTED.glob("*.yaml")} == set(CASES)


@pytest.mark.integration
@pytest.mark.parametrize("case", WITH_ENVOY)
def test_envoy_accepts(case: str, tmp_path: Path) -> None:
    pod = injected(case, replace(SETTINGS, ca_pem=self_signed().trusted_ca))
    bootstrap = json.dumps(bootstrap_of(pod)).replace("/var/run/secrets/meshrig.io", str(tmp_path))
    (tmp_path / "token").write_text("a.b.c")
    argv = [str(find_envoy()), "--mode", "validate", "-l", "error", "--config-yaml", bootstrap]
    done = subprocess.run([*argv, "--service-node", "n", "--service-cluster", "c"], capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr
