import json
from pathlib import Path

import pytest

from tests.unit.harness.fake_aws import FakeAws
from tests.unit.harness.kind.small_system import Machine, write_project


@pytest.fixture(autouse=True)
def _plain_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("DOCKER_HOST", "KIND_NODE_IMAGE", "HTTP_PROXY", "HTTPS_PROXY", "http_proxy", "https_proxy"):
        monkeypatch.delenv(name, raising=False)


@pytest.fixture
def machine(aws: FakeAws, tmp_path: Path) -> Machine:
    """With a project; its port for the AWS APIs is the one that the fake has."""
    project = write_project(tmp_path)
    folder = tmp_path / ".meshrig" / "kind"
    folder.mkdir(parents=True)
    (folder / "ports.json").write_text(json.dumps({"localstack": int(aws.url.rpartition(":")[2])}))
    return Machine(aws, project)
