import json
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from meshrig import shell
from meshrig.errors import MeshrigError
from meshrig.runtime.kind.images import (
    Build,
    EcrLogin,
    build_image,
    content_hash,
    has_image,
    remove_images,
    repository_tags,
    source_tag,
)
from tests.unit.fake_run import FakeRun, failing, missing

NAMES = st.text("abc.", min_size=1, max_size=6).filter(lambda name: name.strip(".") != "")
Tree = dict[tuple[str, str], bytes]
TREES = st.dictionaries(st.tuples(NAMES, NAMES), st.binary(max_size=8), min_size=1, max_size=5)


def write_tree(folder: Path, tree: Tree) -> Path:
    for parts, content in tree.items():
        file = folder.joinpath("d-" + parts[0], parts[1])
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(content)
    return folder


@given(TREES, TREES)
def test_a_hash_stands_for_one_content_only(one: Tree, two: Tree) -> None:
    with tempfile.TemporaryDirectory() as folder:
        first = write_tree(Path(folder, "one", "src"), one)
        second = write_tree(Path(folder, "two", "src"), two)
        assert (content_hash([first]) == content_hash([second])) == (one == two)


def test_a_hash_sees_names_contents_and_modes_but_no_caches(tmp_path: Path) -> None:
    file = write_tree(tmp_path / "src", {("a", "x.py"): b"1"}) / "d-a" / "x.py"
    hashes = [content_hash([tmp_path / "src"])]
    for cache in ("__pycache__/x.txt", ".venv/y", "d-a/z.pyc"):
        (tmp_path / "src" / cache).parent.mkdir(exist_ok=True)
        (tmp_path / "src" / cache).write_text("cached")
    assert content_hash([tmp_path / "src"]) == hashes[0]
    file.chmod(0o755)
    hashes.append(content_hash([tmp_path / "src"]))
    file.write_bytes(b"2")
    hashes.append(content_hash([tmp_path / "src"]))
    file.rename(file.with_name("y.py"))
    hashes.append(content_hash([tmp_path / "src"]))
    assert len(set(hashes)) == 4
    assert all(len(each) == 12 for each in hashes)


def test_a_hash_sees_files_below_a_folder_named_like_a_cache(tmp_path: Path) -> None:
    folder = write_tree(tmp_path / ".venv" / "src", {("a", "x"): b"1"})
    before = content_hash([folder])
    (folder / "d-a" / "x").write_bytes(b"2")
    assert content_hash([folder]) != before


@pytest.mark.skipif(sys.platform != "linux", reason="a file that even root can't read is Linux's")
def test_what_can_not_be_read_is_an_error_of_ours() -> None:
    with pytest.raises(MeshrigError, match=r"cannot read .*: Input/output error"):
        content_hash([Path("/proc/self/mem")])


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    if shutil.which("git") is None:
        pytest.skip("git is not installed")
    root = write_tree(tmp_path / "checkout", {("users", "app.py"): b"1", ("orders", "app.py"): b"1"})
    (root / "d-users" / "Dockerfile").write_text("FROM x")
    identity = ["-c", "user.name=a", "-c", "user.email=a@b"]
    for argv in (["init", "-q"], ["add", "."], [*identity, "commit", "-qm", "one"]):
        subprocess.run(["git", *argv], cwd=root, check=True)
    return root


def build_of(folder: Path, dockerfile: Path | None = None) -> Build:
    return Build(folder, dockerfile or folder / "Dockerfile")


def test_a_tag_is_git_s_name_for_the_context_alone(checkout: Path) -> None:
    tag = source_tag(shell.run, build_of(checkout / "d-users"))
    tree = subprocess.run(
        ["git", "rev-parse", "HEAD:d-users"], cwd=checkout, capture_output=True, text=True, check=True
    )
    assert tag == tree.stdout[:12]
    (checkout / "d-orders" / "app.py").write_text("another service's change")
    assert source_tag(shell.run, build_of(checkout / "d-users")) == tag


def test_changes_that_git_does_not_know_change_the_tag(checkout: Path) -> None:
    build = build_of(checkout / "d-users")
    tags = [source_tag(shell.run, build)]
    for text in ("2", "3"):
        (checkout / "d-users" / "app.py").write_text(text)
        tags.append(source_tag(shell.run, build))
    assert len(set(tags)) == 3
    assert all(tag.startswith("dirty-") for tag in tags[1:])


def test_a_dockerfile_outside_of_the_context_counts(checkout: Path) -> None:
    elsewhere = checkout / "users.Dockerfile"
    elsewhere.write_text("FROM x")
    before = source_tag(shell.run, build_of(checkout / "d-users", elsewhere))
    elsewhere.write_text("FROM y")
    assert source_tag(shell.run, build_of(checkout / "d-users", elsewhere)) != before


@pytest.mark.parametrize("git", [missing("git"), failing("not a git repository")])
def test_without_git_the_files_decide(tmp_path: Path, git: shell.CommandError) -> None:
    (tmp_path / "Dockerfile").write_text("FROM x")
    assert source_tag(FakeRun({"git *": git}), build_of(tmp_path)) == f"dirty-{content_hash([tmp_path])}"


def test_a_build_makes_one_plain_manifest(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", "/home/me")
    run = FakeRun({"docker build *": ""})
    build_image(run, Build(Path("/services"), Path("/services/users/Dockerfile")), "meshrig-shop/users:1", "users")
    (call,) = run.calls
    assert call.line == (
        "docker build --quiet --file /services/users/Dockerfile --tag meshrig-shop/users:1 "
        "--label io.meshrig.built=true /services"
    )
    assert call.env is not None
    assert call.env["BUILDX_NO_DEFAULT_ATTESTATIONS"] == "1"
    assert call.env["HOME"] == "/home/me"


def test_images_are_looked_for_and_removed() -> None:
    run = FakeRun({"docker image inspect a:1": "[]", "docker image inspect *": failing(), "docker image rm *": ""})
    assert has_image(run, "a:1")
    assert not has_image(run, "b:1")
    remove_images(run, ["a:1", "b:1"])
    assert run.lines("docker image rm *") == ["docker image rm --force a:1"]


def test_local_tags_by_prefix() -> None:
    entries = [
        ("meshrig-shop/users", "2"),
        ("meshrig-shop/envoy", "1"),
        ("meshrig-shop-2/users", "1"),
        ("<none>", "<none>"),
    ]
    text = "".join(json.dumps({"Repository": name, "Tag": tag}) + "\n" for name, tag in entries)
    assert repository_tags(FakeRun({"docker image ls *": text}), "meshrig-shop/") == (
        "meshrig-shop/envoy:1",
        "meshrig-shop/users:2",
    )


def test_the_login_is_one_of_our_own_and_the_password_is_in_no_argument(tmp_path: Path) -> None:
    run = FakeRun({"docker *": ""})
    login = EcrLogin(run, tmp_path / "docker", {"DOCKER_HOST": "unix:///x", "DOCKER_CONFIG": "/home/me/.docker"})
    login.login("localhost:4510", "SECRET")
    login.push("localhost:4510/users:1")
    assert run.lines("*") == [
        "docker login --username AWS --password-stdin localhost:4510",
        "docker push --quiet localhost:4510/users:1",
    ]
    assert run.calls[0].stdin == "SECRET"
    for call in run.calls:
        assert call.env == {"DOCKER_HOST": "unix:///x", "DOCKER_CONFIG": str(tmp_path / "docker")}
    assert (tmp_path / "docker").stat().st_mode & 0o777 == 0o700
