import pytest
from hypothesis import given
from hypothesis import strategies as st

from meshrig.errors import InvalidInputError
from meshrig.located.yaml_nodes import Mapping, parse_documents, plain


def one(text: str) -> Mapping:
    (document,) = parse_documents(text, "a.yaml")
    assert isinstance(document, Mapping)
    return document


def test_every_value_knows_its_line() -> None:
    document = one("a: 1\nb:\n  c: [x, y]\n")
    inner = document.get("b")
    assert isinstance(inner, Mapping)
    assert (inner.keys["c"].file, inner.keys["c"].line) == ("a.yaml", 3)


def test_short_tags_become_functions() -> None:
    document = one("a: !Ref B\nb: !GetAtt A.C.D\nc: !Sub '${X}'\nd: !If [C, !Ref E, 1]\n")
    assert plain(document) == {
        "a": {"Ref": "B"},
        "b": {"Fn::GetAtt": ["A", "C.D"]},
        "c": {"Fn::Sub": "${X}"},
        "d": {"Fn::If": ["C", {"Ref": "E"}, 1]},
    }


def test_values_are_yaml_1_1_as_cloudformation_reads_them() -> None:
    assert plain(one("a: off\nb: 'off'\nc: 0o7\n")) == {"a": False, "b": "off", "c": "0o7"}


def test_duplicate_keys_are_all_named() -> None:
    with pytest.raises(InvalidInputError) as error:
        parse_documents("a: 1\na: 2\nb: {c: 1, c: 2}\n", "a.yaml")
    assert [problem.origin.line for problem in error.value.problems] == [2, 3]


def test_a_syntax_error_has_its_line() -> None:
    with pytest.raises(InvalidInputError, match=r"a\.yaml:2: not valid YAML"):
        parse_documents("a: 1\nb: [", "a.yaml")


@given(st.text())
def test_any_text_is_read_or_refused(text: str) -> None:
    try:
        parse_documents(text, "a.yaml")
    except InvalidInputError as error:
        assert str(error)
