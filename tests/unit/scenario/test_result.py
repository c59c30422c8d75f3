import pytest

from meshrig.scenario.result import Check, ScenarioResult

OK = Check("p", "w", "e", "s", True)
FAILED = Check("p", "w", "e", "s", False)
NOTED = Check.note("p", "w", "e", "s")


@pytest.mark.parametrize(
    ("checks", "ok"),
    [
        ((), False),
        ((OK,), True),
        ((OK, FAILED), False),
        ((OK, NOTED), True),
        ((NOTED,), False),
        ((NOTED, FAILED), False),
    ],
)
def test_a_note_neither_passes_nor_fails(checks: tuple[Check, ...], ok: bool) -> None:
    assert ScenarioResult("s", checks).ok is ok
