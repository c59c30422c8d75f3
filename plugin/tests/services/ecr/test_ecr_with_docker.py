"""Docker itself, unmodified, against a LocalStack that keeps images in a real registry:2."""

import base64
import io
import os
import re
import subprocess
import tarfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from botocore.exceptions import ClientError
from ecr_support import start_localstack
from running_localstack import RunningLocalStack, free_port

pytestmark = pytest.mark.docker

LARGE_LAYER_BYTES = 120 * 1024 * 1024
ALLOWED_GROWTH_BYTES = 32 * 1024 * 1024
DIGEST = re.compile(r"digest: (sha256:[0-9a-f]{64})")


@dataclass(frozen=True)
class Outcome:
    """How a command ended."""

    code: int
    output: str


@dataclass(frozen=True)
class DockerAndEcr:
    """``docker`` with a configuration of its own, and a LocalStack; ``host`` is where ECR's images are for Docker."""

    localstack: RunningLocalStack
    host: str
    config: Path

    @property
    def client(self) -> Any:
        return self.localstack.client("ecr")

    def docker(self, *arguments: str, stdin: bytes = b"") -> Outcome:
        environment = {**os.environ, "DOCKER_CONFIG": str(self.config)}
        ended = subprocess.run(["docker", *arguments], input=stdin, env=environment, capture_output=True, timeout=300)
        return Outcome(ended.returncode, (ended.stdout + ended.stderr).decode())

    def login(self, password: str | None = None) -> Outcome:
        if password is None:
            token = self.client.get_authorization_token()["authorizationData"][0]["authorizationToken"]
            password = base64.b64decode(token).decode().partition(":")[2]
        return self.docker("login", "--username", "AWS", "--password-stdin", self.host, stdin=password.encode())

    def make_image(self, name: str, content: bytes) -> str:
        """An image of one file; gives its name for ECR."""
        packed = io.BytesIO()
        with tarfile.open(fileobj=packed, mode="w") as archive:
            entry = tarfile.TarInfo("content")
            entry.size = len(content)
            archive.addfile(entry, io.BytesIO(content))
        made = self.docker("import", "-", f"{self.host}/{name}", stdin=packed.getvalue())
        assert made.code == 0, made.output
        return f"{self.host}/{name}"

    def push(self, name: str, content: bytes) -> Outcome:
        """Makes and pushes an image, and forgets it here."""
        image = self.make_image(name, content)
        pushed = self.docker("push", image)
        self.docker("rmi", image)
        return pushed


@pytest.fixture(scope="module")
def ecr(tmp_path_factory: pytest.TempPathFactory) -> Iterator[DockerAndEcr]:
    if not _has_engine():
        if os.environ.get("CI") == "true":
            pytest.fail("no Docker engine answers (CI=true: nothing may be left out)", pytrace=False)
        pytest.skip("no Docker engine answers")
    directory = tmp_path_factory.mktemp("docker")
    started = ["-d", "--rm", "-p", "127.0.0.1::5000", "-e", "REGISTRY_STORAGE_DELETE_ENABLED=true", "registry:2"]
    container = _docker("run", *started)
    port = _docker("port", container, "5000").splitlines()[0].rpartition(":")[2]
    listen = free_port()
    localstack = start_localstack(directory, f"http://127.0.0.1:{port}", listen)
    running = DockerAndEcr(localstack, f"localhost:{listen}", directory / "config")
    assert running.login().code == 0
    yield running
    localstack.stop()
    _docker("rm", "-f", "-v", container)


def test_a_push_and_pulls(ecr: DockerAndEcr) -> None:
    repository = ecr.client.create_repository(repositoryName="shop/users")["repository"]
    pushed = ecr.push("shop/users:v1", b"one")
    assert pushed.code == 0, pushed.output
    match = DIGEST.search(pushed.output)
    assert match
    [detail] = ecr.client.describe_images(repositoryName="shop/users")["imageDetails"]
    assert (detail["imageDigest"], detail["imageTags"]) == (match[1], ["v1"])
    for name in (f"{repository['repositoryUri']}:v1", f"{repository['repositoryUri']}@{match[1]}"):
        pulled = ecr.docker("pull", name)
        assert pulled.code == 0, pulled.output
        ecr.docker("rmi", name)


def test_a_push_to_a_repository_that_does_not_exist(ecr: DockerAndEcr) -> None:
    pushed = ecr.push("nowhere:v1", b"one")
    assert pushed.code != 0
    refusal = "name unknown: The repository with name 'nowhere' does not exist in the registry with id '000000000000'"
    assert refusal in pushed.output


def test_an_immutable_tag_is_pushed_once(ecr: DockerAndEcr) -> None:
    ecr.client.create_repository(repositoryName="fixed", imageTagMutability="IMMUTABLE")
    assert ecr.push("fixed:v1", b"one").code == 0
    again = ecr.push("fixed:v1", b"two")
    assert again.code != 0
    assert "tag invalid: The image tag 'v1' already exists in the 'fixed' repository" in again.output


def test_a_wrong_password(ecr: DockerAndEcr, tmp_path: Path) -> None:
    stranger = DockerAndEcr(ecr.localstack, ecr.host, tmp_path)
    refused = stranger.login("wrong")
    assert refused.code != 0
    assert "401 Unauthorized" in refused.output
    ecr.client.create_repository(repositoryName="guarded")
    assert "no basic auth credentials" in stranger.push("guarded:v1", b"one").output


def test_a_deleted_image_is_gone(ecr: DockerAndEcr) -> None:
    ecr.client.create_repository(repositoryName="deleted")
    ecr.push("deleted:v1", b"one")
    ecr.push("deleted:v2", b"two")
    answer = ecr.client.batch_delete_image(repositoryName="deleted", imageIds=[{"imageTag": "v1"}])
    assert [each["imageTag"] for each in answer["imageIds"]] == ["v1"]
    assert "Requested image not found" in ecr.docker("pull", f"{ecr.host}/deleted:v1").output
    assert ecr.docker("pull", f"{ecr.host}/deleted:v2").code == 0
    ecr.docker("rmi", f"{ecr.host}/deleted:v2")


def test_a_tag_is_removed_and_its_image_kept(ecr: DockerAndEcr) -> None:
    ecr.client.create_repository(repositoryName="untagged")
    image = ecr.make_image("untagged:v1", b"one")
    ecr.docker("push", image)
    ecr.docker("tag", image, f"{ecr.host}/untagged:v2")
    ecr.docker("push", f"{ecr.host}/untagged:v2")
    ecr.client.batch_delete_image(repositoryName="untagged", imageIds=[{"imageTag": "v1"}])
    [detail] = ecr.client.describe_images(repositoryName="untagged")["imageDetails"]
    assert detail["imageTags"] == ["v2"]
    with pytest.raises(ClientError, match="RepositoryNotEmptyException"):
        ecr.client.delete_repository(repositoryName="untagged")
    ecr.client.delete_repository(repositoryName="untagged", force=True)
    ecr.docker("rmi", image, f"{ecr.host}/untagged:v2")


def test_a_large_layer_takes_no_memory(ecr: DockerAndEcr) -> None:
    ecr.client.create_repository(repositoryName="large")
    image = ecr.make_image("large:v1", os.urandom(LARGE_LAYER_BYTES))
    before = _forget_peak(ecr.localstack.pid)
    pushed = ecr.docker("push", image)
    assert pushed.code == 0, pushed.output
    ecr.docker("rmi", image)
    assert ecr.docker("pull", image).code == 0
    ecr.docker("rmi", image)
    assert ecr.client.describe_images(repositoryName="large")["imageDetails"][0]["imageSizeInBytes"] > LARGE_LAYER_BYTES
    growth = _memory(ecr.localstack.pid, "VmHWM") - before
    print(f"LocalStack grew by {growth / 2**20:.1f} MiB at most")
    assert growth < ALLOWED_GROWTH_BYTES


def _forget_peak(pid: int) -> int:
    """Starts the measuring of a process's most memory anew (proc(5), clear_refs); gives what it has now."""
    Path(f"/proc/{pid}/clear_refs").write_text("5")
    return _memory(pid, "VmRSS")


def _memory(pid: int, name: str) -> int:
    [line] = [line for line in Path(f"/proc/{pid}/status").read_text().splitlines() if line.startswith(f"{name}:")]
    return int(line.split()[1]) * 1024


def _has_engine() -> bool:
    try:
        return subprocess.run(["docker", "version"], capture_output=True, timeout=30).returncode == 0
    except OSError:
        return False


def _docker(*arguments: str) -> str:
    ended = subprocess.run(["docker", *arguments], capture_output=True, check=True, text=True, timeout=120)
    return ended.stdout.strip()
