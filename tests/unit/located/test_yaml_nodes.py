from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from meshrig.errors import InvalidInputError
from meshrig.located.yaml_nodes import Mapping, parse_documents, plain, read_documents

YAML_LIKE = st.text(alphabet="abc:-{}[]!&*'\"#|>%@?, \n\t019.=<\x00\x85é", max_size=60)


def _plain(text: str) -> object:
    (document,) = parse_documents(text, "t.yaml")
    return plain(document)


def _refusal(text: str) -> list[str]:
    with pytest.raises(InvalidInputError) as caught:
        parse_documents(text, "t.yaml")
    return [str(problem) for problem in caught.value.problems]


def test_keys_and_values_know_their_lines() -> None:
    (document,) = parse_documents("a: 1\nb:\n  c:\n    - x\n    - y\n", "t.yaml")
    assert isinstance(document, Mapping)
    inner = document.values["b"]
    assert isinstance(inner, Mapping)
    assert document.keys["b"].line == 2
    assert (inner.origin.line, inner.keys["c"].line, inner.values["c"].origin.line) == (3, 3, 4)


@pytest.mark.parametrize(
    ("short", "long"),
    [
        ("!Ref Name", {"Ref": "Name"}),
        ("!Condition Is", {"Condition": "Is"}),
        ("!Sub 'x-${Y}'", {"Fn::Sub": "x-${Y}"}),
        ("!GetAtt A.Outputs.B", {"Fn::GetAtt": ["A", "Outputs.B"]}),
        ("!GetAtt [A, B]", {"Fn::GetAtt": ["A", "B"]}),
        ("!Equals [!Ref A, '']", {"Fn::Equals": [{"Ref": "A"}, ""]}),
        ("!Base64 {k: v}", {"Fn::Base64": {"k": "v"}}),
    ],
)
def test_short_tags_become_the_long_form(short: str, long: object) -> None:
    assert _plain(f"v: {short}") == {"v": long}


def test_json_is_read_even_when_indented_with_tabs() -> None:
    assert _plain('{\n\t"a": [1, true, null],\n\t"b": "x\\ty"\n}') == {"a": [1, True, None], "b": "x\ty"}


def test_dates_and_the_equals_sign_are_text() -> None:
    assert _plain("AWSTemplateFormatVersion: 2010-09-09\nsign: =") == {
        "AWSTemplateFormatVersion": "2010-09-09",
        "sign": "=",
    }


def test_merge_keys_give_way_to_own_and_earlier_ones() -> None:
    text = "a: &a {x: 1, y: 1}\nb: &b {y: 2, z: 2}\nc:\n  <<: [*a, *b]\n  x: 3\n"
    assert _plain(text) == {"a": {"x": 1, "y": 1}, "b": {"y": 2, "z": 2}, "c": {"x": 3, "y": 1, "z": 2}}


def test_every_duplicate_key_is_named_with_the_first_one() -> None:
    assert _refusal("a: 1\nb: {c: 1, c: 2}\na: 2\n") == [
        "t.yaml:2: the key 'c' stands twice (first in line 2)",
        "t.yaml:3: the key 'a' stands twice (first in line 1)",
    ]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("a: [1\nb: 2\n", "t.yaml:2: not valid YAML: did not find expected ',' or ']'"),
        ("a: 1\nb: \x07\n", "t.yaml:2: not valid YAML: the character U+0007 is not allowed"),
        ("a: &x [*x]\n", "t.yaml: not valid YAML: nested too deep"),
        ("a: *nowhere\n", "t.yaml:1: not valid YAML: found undefined alias 'nowhere'"),
        ("? [a, b]\n: 1\n", "t.yaml:1: a key must be a single word or text"),
        ("a:\n  <<: 5\n", "t.yaml:2: << takes a mapping, or a list of them"),
    ],
)
def test_what_is_wrong_is_said_with_its_line(text: str, message: str) -> None:
    problems = _refusal(text)
    assert len(problems) == 1
    assert problems[0].split(" (")[0].startswith(message.split("did not")[0])


def test_aliases_that_unfold_without_end_are_refused() -> None:
    lines = ["a0: &a0 [x, x, x, x, x, x, x, x, x, x]"]
    lines += [f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 10)}]" for n in range(1, 8)]
    assert _refusal("\n".join(lines)) == ["t.yaml: not valid YAML: more than 200000 values, its aliases unfolded"]


def test_a_file_that_cannot_be_read_is_named(tmp_path: Path) -> None:
    (tmp_path / "latin.yaml").write_bytes(b"a: \xff\n")
    with pytest.raises(InvalidInputError, match=r"latin:1: cannot be read: not UTF-8 text"):
        read_documents(tmp_path / "latin.yaml", "latin")
    with pytest.raises(InvalidInputError, match=r"gone: cannot be read: No such file"):
        read_documents(tmp_path / "gone.yaml", "gone")


@given(YAML_LIKE | st.text(max_size=60))
def test_any_text_is_read_or_refused_with_a_message(text: str) -> None:
    try:
        parse_documents(text, "t.yaml")
    except InvalidInputError as error:
        assert error.problems
        assert all(problem.message for problem in error.problems)
