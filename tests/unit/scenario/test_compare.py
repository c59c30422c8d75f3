from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from meshrig.scenario.compare import Line, compare
from meshrig.scenario.result import Check, ScenarioResult

TEXTS = st.sampled_from(["a", "b", "c"])
CHECKS = st.builds(Check, TEXTS, TEXTS, TEXTS, st.text(), st.booleans(), TEXTS)
RESULTS = st.lists(st.builds(ScenarioResult, TEXTS, st.lists(CHECKS, max_size=6).map(tuple)), max_size=3)


def check(what: str, *, ok: bool = True, outcome: str = "", seen: str = "") -> Check:
    return Check("phase", what, "expected", seen, ok, outcome)


def lines_of(process: list[Check], kind: list[Check]) -> tuple[Line, ...]:
    return compare({"process": [ScenarioResult("s", tuple(process))], "kind": [ScenarioResult("s", tuple(kind))]})


def different(lines: tuple[Line, ...]) -> list[str]:
    return [line.what for line in lines if line.agreement == "different"]


@given(RESULTS)
def test_a_system_is_like_itself(results: list[ScenarioResult]) -> None:
    lines = compare({"process": results, "kind": results})
    assert {line.agreement for line in lines} <= {"same"}
    assert [check for line in lines if (check := line.checks["kind"])] == [c for r in results for c in r.checks]


@given(RESULTS, st.data())
def test_what_is_seen_may_differ(results: list[ScenarioResult], data: st.DataObject) -> None:
    others = [
        replace(r, checks=tuple(replace(c, seen=data.draw(st.text()), expected=data.draw(TEXTS)) for c in r.checks))
        for r in results
    ]
    assert different(compare({"process": results, "kind": others})) == []


@given(st.lists(CHECKS, min_size=1, max_size=6), st.data())
def test_one_changed_check_is_one_difference(checks: list[Check], data: st.DataObject) -> None:
    at = data.draw(st.integers(0, len(checks) - 1))
    one = checks[at]
    change = data.draw(st.sampled_from([replace(one, ok=not one.ok), replace(one, outcome=one.outcome + "!")]))
    changed = [*checks[:at], change, *checks[at + 1 :]]
    assert different(lines_of(checks, changed)) == [checks[at].what]


@given(st.lists(CHECKS, max_size=6), st.lists(CHECKS, max_size=6))
def test_no_check_is_lost_and_the_order_of_runtimes_does_not_matter(one: list[Check], two: list[Check]) -> None:
    lines = lines_of(one, two)
    assert [line.checks["process"] for line in lines if line.checks["process"]] == one
    assert len([line for line in lines if line.checks["kind"]]) == len(two)
    assert sorted(different(lines)) == sorted(different(lines_of(two, one)))


def test_a_check_that_one_lacks_is_a_difference_in_its_place() -> None:
    lines = lines_of([check("a"), check("c")], [check("a"), check("b"), check("c")])
    assert [line.what for line in lines] == ["a", "b", "c"]
    assert different(lines) == ["b"]


def test_failing_alike_is_no_difference_failing_otherwise_is_one() -> None:
    failed = [check("a", ok=False, outcome="answered"), check("b", ok=False, outcome="answered")]
    other = [check("a", ok=False, outcome="answered"), check("b", ok=False, outcome="silent")]
    assert different(lines_of(failed, other)) == ["b"]


@pytest.mark.parametrize("other", [[check("a")], [check("a", ok=False)], []])
def test_what_one_can_only_note_is_not_comparable(other: list[Check]) -> None:
    (line,) = lines_of([Check.note("phase", "a", "refused", "not tried")], other)
    assert line.agreement == "not comparable"


def test_checks_of_one_name_are_told_apart() -> None:
    assert different(lines_of([check("a"), check("a")], [check("a"), check("a", ok=False)])) == ["a"]
    assert len(lines_of([check("a"), check("a")], [check("a")])) == 2
