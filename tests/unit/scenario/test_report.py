import json
import re
from datetime import UTC, datetime

from hypothesis import given
from hypothesis import strategies as st

from meshrig.scenario.report import Report, as_json, as_markdown
from meshrig.scenario.result import Check, ScenarioResult

WHEN = datetime(2026, 11, 24, 8, 5, tzinfo=UTC)
OK = Check("plain", "users to this client", "refused", "refused (closed)", True, "refused")
OPEN = Check("plain", "users to this client", "refused", "answered (HTTP 200)", False, "answered")
NOTED = Check.note("around", "users by ClusterIP", "refused", "not tried: no ClusterIP")
TRIED = Check("around", "users by ClusterIP", "refused", "10.96.0.1:8080 refused (closed)", True, "refused")


def report(process: list[Check], kind: list[Check] | None = None) -> Report:
    results = {"process": [ScenarioResult("mTLS", tuple(process))]}
    return Report.of(results | ({"kind": [ScenarioResult("mTLS", tuple(kind))]} if kind is not None else {}))


def test_both_runs_stand_side_by_side() -> None:
    text = as_markdown(report([OK, NOTED], [OK, TRIED]), WHEN)
    assert "2026-11-24 08:05 UTC. Everything was as expected. No differences between the runtimes." in text
    assert "| plain | users to this client | refused | ✔ refused (closed) | ✔ refused (closed) |" in text
    assert "## Not comparable" in text
    assert (
        "| mTLS | around | users by ClusterIP | ○ not tried: no ClusterIP | ✔ 10.96.0.1:8080 refused (closed) |" in text
    )
    assert "## Differences" not in text


def test_differences_come_first() -> None:
    text = as_markdown(report([OK], [OPEN]), WHEN)
    assert "Not everything was as expected. 1 difference between the runtimes." in text
    assert text.index("| mTLS | plain | users to this client | ✔ refused (closed) | ✘ answered") < text.index("## mTLS")


def test_one_runtime_alone_has_nothing_to_compare() -> None:
    text = as_markdown(report([OK, NOTED]), WHEN)
    assert "runtimes" not in text
    assert "Not comparable" not in text


def test_a_report_is_ok_only_if_all_is_expected_and_alike() -> None:
    assert report([OK], [OK]).ok
    assert report([OK, NOTED], [OK, TRIED]).ok
    assert not report([OK], [OPEN]).ok
    assert not report([OPEN], [OPEN]).ok
    assert not report([OK], [OK, TRIED]).ok


def test_json_holds_the_same() -> None:
    content = json.loads(json.dumps(as_json(report([OK, NOTED], [OPEN, TRIED]))))
    assert content["ok"] is False
    assert content["runtimes"] == ["process", "kind"]
    assert content["scenarios"] == [{"name": "mTLS", "ok": {"process": True, "kind": False}}]
    assert [line["check"] for line in content["differences"]] == ["users to this client"]
    assert content["differences"][0]["runs"]["kind"]["verdict"] == "failed"
    assert [line["check"] for line in content["not_comparable"]] == ["users by ClusterIP"]
    assert len(content["checks"]) == 2


@given(st.lists(st.builds(Check, *[st.text()] * 4, st.booleans()), min_size=1, max_size=4))
def test_no_text_breaks_the_table(checks: list[Check]) -> None:
    rows = [line for line in as_markdown(report(checks), WHEN).splitlines() if line.startswith("|")]
    assert {len(re.findall(r"(?<!\\)(?:\\\\)*\|", row)) for row in rows} == {5}
    assert len(rows) == 2 + len(checks)
