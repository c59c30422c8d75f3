"""``meshrig scenario run`` against small APIs on loopback that stand in for each runtime's."""

import json
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from meshrig.cli.scenario import scenario
from meshrig.harness.running_system import FindSystem, NotRunningError, RunningSystem
from meshrig.scenario.loopback import LoopbackAccess
from tests.unit.harness.small_project import write_project


@contextmanager
def api(status: int) -> Iterator[str]:
    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(status)
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, *args: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_address[1]}"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def system(runtime: str, url: str) -> Callable[[Path], RunningSystem]:
    return lambda _: RunningSystem(runtime, url, "http://127.0.0.1:1", "us-east-1", "shop", LoopbackAccess({}))


def down(_: Path) -> RunningSystem:
    raise NotRunningError("kind", "meshrig up --runtime kind")


def run(folder: Path, systems: Mapping[str, FindSystem], *arguments: str) -> Result:
    argv = ["run", "-f", str(write_project(folder)), *arguments]
    return CliRunner().invoke(scenario, argv, obj=systems)


@pytest.fixture
def good() -> Iterator[str]:
    with api(200) as url:
        yield url


@pytest.fixture
def bad() -> Iterator[str]:
    with api(500) as url:
        yield url


def test_one_runtime_as_expected(tmp_path: Path, good: str) -> None:
    done = run(tmp_path, {"process": system("process", good)})
    assert done.exit_code == 0, done.output
    assert "everything was as expected" in done.output
    assert "mTLS" in done.output
    assert "difference" not in done.output


def test_what_is_not_as_expected_fails(tmp_path: Path, bad: str) -> None:
    done = run(tmp_path, {"process": system("process", bad)}, "mtls")
    assert done.exit_code == 1
    assert "not everything was as expected" in done.output
    assert "rate limit" not in done.output


def test_two_runtimes_alike(tmp_path: Path, good: str) -> None:
    systems = {"process": system("process", good), "kind": system("kind", good)}
    done = run(tmp_path, systems, "all", "--runtime", "process,kind")
    assert done.exit_code == 0, done.output
    assert "no difference between process and kind" in done.output
    assert done.output.index("process: mTLS") < done.output.index("kind: rate limit")


def test_a_difference_is_listed_and_fails(tmp_path: Path, good: str, bad: str) -> None:
    systems = {"process": system("process", good), "kind": system("kind", bad)}
    done = run(tmp_path, systems, "mtls", "--runtime", "process,kind", "--report")
    assert done.exit_code == 1
    assert "Differences" in done.output
    report = (tmp_path / ".meshrig" / "scenario-report.md").read_text()
    assert "| mTLS | ask | GET /users | ✔ 200 | ✘ 500: |" in report


def test_json_alone_is_on_standard_output(tmp_path: Path, good: str, bad: str) -> None:
    systems = {"process": system("process", good), "kind": system("kind", bad)}
    done = run(tmp_path, systems, "mtls", "--runtime", "process,kind", "--json")
    content = json.loads(done.stdout)
    assert done.exit_code == 1
    assert content["differences"][0]["runs"]["kind"] == {
        "verdict": "failed", "expected": "200", "seen": "500: ", "outcome": "500",
    }  # fmt: skip
    assert "kind: mTLS: ask" in done.stderr


def test_a_report_by_suffix_is_json(tmp_path: Path, good: str) -> None:
    file = tmp_path / "report.json"
    done = run(tmp_path, {"process": system("process", good)}, "--report", str(file))
    assert done.exit_code == 0, done.output
    assert json.loads(file.read_text())["ok"] is True


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("--report", "all"), "a report is a file .md or .json, not all"),
        (("--report", "/nowhere/report.md"), "there is no folder /nowhere"),
        (("--runtime", "docker"), "unknown runtime 'docker' (known: kind, process)"),
        (("ratelimit",), "there is no scenario and no file ratelimit"),
    ],
)
def test_wrong_arguments_are_refused_before_anything_runs(
    tmp_path: Path, good: str, arguments: tuple[str, ...], message: str
) -> None:
    done = run(tmp_path, {"process": system("process", good), "kind": down}, *arguments)
    assert done.exit_code == 2
    assert message in done.stderr
    assert done.stdout == ""


def test_every_named_runtime_must_be_up(tmp_path: Path, good: str) -> None:
    done = run(tmp_path, {"process": system("process", good), "kind": down}, "--runtime", "process,kind")
    assert done.exit_code == 1
    assert "not running in runtime kind" in done.stderr
    assert "meshrig up --runtime kind" in done.stderr
    assert done.stdout == ""
