import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from meshrig.scenario.variables import MissingVariableError, fill_body, fill_path, pick


def test_a_whole_string_keeps_the_type_of_its_value() -> None:
    assert fill_body('{"n": "${n}", "t": "no ${n}"}', {"n": 7}) == '{"n": 7, "t": "no 7"}'


@settings(deadline=None)
@given(st.text())
def test_no_value_breaks_out_of_its_string(value: str) -> None:
    assert pick(json.loads(fill_body('{"a": ["${v}"]}', {"v": value})), "a.0") == value


def test_a_path_encodes_what_it_takes_in() -> None:
    assert fill_path("/users/${id}", {"id": "a/b c"}) == "/users/a%2Fb%20c"


def test_an_unknown_name_is_said() -> None:
    with pytest.raises(MissingVariableError, match=r"\$\{id\} has no value"):
        fill_path("/${id}", {})


@pytest.mark.parametrize("dotted", ["b", "a.1", "a.x", "a.0.c"])
def test_what_is_absent_is_a_lookup_error(dotted: str) -> None:
    with pytest.raises(LookupError):
        pick({"a": [1]}, dotted)
