import pytest

from tests.needs import give_up, why_not
from tests.unit.fake_run import FakeRun, failing, missing

ALL = FakeRun({"*": "1"})
NO_ENGINE = ALL.answers({"docker version *": failing("Cannot connect")})
NO_KIND = ALL.answers({"kind *": missing("kind"), "kubectl *": missing("kubectl")})


def test_unmarked_tests_need_nothing() -> None:
    assert why_not([], FakeRun()) == ""


@pytest.mark.parametrize(
    ("markers", "run", "reason"),
    [
        (["docker", "kind"], ALL, ""),
        (["docker"], NO_KIND, ""),
        (["docker"], NO_ENGINE, "no Docker engine answers: Cannot connect"),
        (["docker", "kind"], NO_KIND, "kind is not installed; kubectl is not installed"),
    ],
)
def test_each_marker_needs_its_own(markers: list[str], run: FakeRun, reason: str) -> None:
    assert why_not(markers, run) == reason


@pytest.mark.parametrize(("ci", "said"), [("true", ["failed"]), ("", ["skipped"]), ("false", ["skipped"])])
def test_only_where_tests_decide_a_missing_engine_is_a_failure(
    ci: str, said: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CI", ci)
    heard: list[str] = []
    give_up("no engine", lambda _: heard.append("skipped"), lambda _: heard.append("failed"))
    assert heard == said
