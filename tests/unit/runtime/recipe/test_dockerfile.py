import pytest
from hypothesis import given
from hypothesis import strategies as st

from meshrig.errors import InvalidInputError
from meshrig.runtime.recipe.dockerfile import Instruction, exec_or_shell, pairs, parse_text, substitute


def test_continuations_and_comments_keep_the_first_line() -> None:
    text = "# base\nFROM python:3.13-slim\n\nRUN pip install \\\n  # why\n  -r requirements.txt\n"
    assert parse_text(text, "Dockerfile") == (
        Instruction("FROM", "python:3.13-slim", 2),
        Instruction("RUN", "pip install -r requirements.txt", 4),
    )


def test_all_problems_at_once_with_their_lines() -> None:
    text = "FORM python:3.13\nRUN <<EOF\necho\nEOF\nCMD\n"
    with pytest.raises(InvalidInputError) as error:
        parse_text(text, "users/Dockerfile")
    lines = [problem.origin.line for problem in error.value.problems]
    assert lines == [1, 2, 5]
    assert "users/Dockerfile:1: unknown instruction 'FORM'" in str(error.value)


def test_a_file_without_from_is_refused() -> None:
    with pytest.raises(InvalidInputError, match="no FROM"):
        parse_text("CMD true", "Dockerfile")


@pytest.mark.parametrize(
    ("value", "argv"),
    [
        ('["gunicorn", "app:app"]', ("gunicorn", "app:app")),
        ("gunicorn app:app", ("/bin/sh", "-c", "gunicorn app:app")),
        ("[not json", ("/bin/sh", "-c", "[not json")),
    ],
)
def test_exec_and_shell_forms(value: str, argv: tuple[str, ...]) -> None:
    assert exec_or_shell(value) == argv


def test_a_list_that_is_no_json_is_no_shell_command() -> None:
    with pytest.raises(ValueError, match="looks like a JSON list"):
        exec_or_shell('["gunicorn" "app:app"]')


def test_the_lines_of_a_here_document_are_no_instructions() -> None:
    with pytest.raises(InvalidInputError) as error:
        parse_text("FROM python:3.13\nRUN <<EOF\npip install x\nEOF\nCMDD x\n", "Dockerfile")
    assert [str(problem) for problem in error.value.problems] == [
        "Dockerfile:2: here-documents are not supported (write the lines into a file)",
        "Dockerfile:5: unknown instruction 'CMDD' (did you mean CMD?)",
    ]


def test_env_pairs() -> None:
    assert pairs('HOST=0.0.0.0 NAME="a b"') == {"HOST": "0.0.0.0", "NAME": "a b"}
    assert pairs("GREETING hello world") == {"GREETING": "hello world"}


@pytest.mark.parametrize(
    ("text", "result"),
    [("$A/${A}", "x/x"), ("${B:-d}", "d"), ("${A:+y}${B:+y}", "y"), (r"\$A", "$A"), ("$B", "")],
)
def test_substitution(text: str, result: str) -> None:
    assert substitute(text, {"A": "x"}) == result


@given(st.text())
def test_any_text_parses_or_is_refused_with_a_message(text: str) -> None:
    try:
        parse_text(text, "Dockerfile")
    except InvalidInputError as error:
        assert str(error)
