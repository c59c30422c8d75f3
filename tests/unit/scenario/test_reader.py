from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from meshrig.errors import InvalidInputError
from meshrig.scenario.definition import Bucket, Call, Load
from meshrig.scenario.reader import parse_scenario, read_scenario

ROOT = Path(__file__).resolve().parents[3]
GOOD = """\
name: limits
phases:
  - name: sign up
    request: {method: post, path: /users, body: {name: a}, expect: [200, 201], capture: {user: id}}
  - name: over limit
    load:
      path: /orders
      rate: 150
      duration: 15
      expect: {token_bucket: {rate: 100, burst: 20}}
"""


def test_phases_are_read() -> None:
    call, load = parse_scenario(GOOD, "limits.yaml").phases
    assert isinstance(call, Call)
    assert (call.request.method, call.expect, call.capture) == ("POST", (200, 201), {"user": "id"})
    assert isinstance(load, Load)
    assert load.bucket == Bucket(100.0, 20, 0.02)
    assert load.every == pytest.approx(1 / 150)


@pytest.mark.parametrize("name", ["rate_limit", "mtls"])
def test_the_reference_scenarios_are_valid(name: str) -> None:
    assert read_scenario(ROOT / "scenarios" / f"{name}.yaml").phases


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        ("rate: 150", "rat: 150", "limits.yaml:8: phases[1].load.rat: unknown field (did you mean rate?)"),
        ("rate: 150", "bursts: {size: 25}", "must offer requests at a positive rate"),
        ("path: /orders", "path: orders", "limits.yaml:7: phases[1].load.path: must begin with /"),
        ("token_bucket: {rate: 100, burst: 20}", "", "needs exactly one of all, first_of_each_burst and token_bucket"),
        ("    load:", "    lode:", "limits.yaml:5: phases[1]: needs exactly one of request, load"),
    ],
)
def test_a_mistake_is_named_with_its_line(old: str, new: str, expected: str) -> None:
    with pytest.raises(InvalidInputError) as error:
        parse_scenario(GOOD.replace(old, new), "limits.yaml")
    assert expected in str(error.value)


@given(st.text())
def test_any_text_is_read_or_refused(text: str) -> None:
    try:
        parse_scenario(text, "any.yaml")
    except InvalidInputError as error:
        assert str(error)
