"""Dockerfile text -> instructions with their line numbers (docs.docker.com/reference/dockerfile)."""

import json
import re
import shlex
from dataclasses import dataclass
from pathlib import Path

from meshrig.errors import InvalidInputError, Origin, Problem
from meshrig.located.fields import did_you_mean

INSTRUCTIONS = frozenset(
    ("ADD", "ARG", "CMD", "COPY", "ENTRYPOINT", "ENV", "EXPOSE", "FROM", "HEALTHCHECK", "LABEL", "MAINTAINER",
     "ONBUILD", "RUN", "SHELL", "STOPSIGNAL", "USER", "VOLUME", "WORKDIR")
)  # fmt: skip
_HERE_DOCUMENT = re.compile(r"<<-?[\"']?(\w+)")
_VARIABLE = re.compile(r"\\\$|\$(?:(\w+)|\{(\w+)(?::([-+])([^}]*))?\})")


@dataclass(frozen=True)
class Instruction:
    """``value`` is the text after the instruction's name, continuations joined; ``line`` is 1-based."""

    name: str
    value: str
    line: int


def parse(path: Path, shown_as: str) -> tuple[Instruction, ...]:
    """Raises InvalidInputError for a missing file, an unknown instruction or a heredoc, all of them at once."""
    try:
        text = path.read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        reason = error.strerror if isinstance(error, OSError) else "not UTF-8 text"
        raise InvalidInputError([Problem(f"cannot read the Dockerfile: {reason}", Origin(shown_as))]) from error
    return parse_text(text, shown_as)


def parse_text(text: str, shown_as: str) -> tuple[Instruction, ...]:
    """As ``parse``, of text."""
    instructions: list[Instruction] = []
    problems: list[Problem] = []
    here = ""
    for line, logical in _logical_lines(text):
        name, _, value = logical.partition(" ")
        origin = Origin(shown_as, line)
        if here:
            # The lines of a here-document are no instructions.
            here = "" if logical == here else here
        elif name.upper() not in INSTRUCTIONS:
            hint = did_you_mean(name.upper(), INSTRUCTIONS) or "check the spelling"
            problems.append(Problem(f"unknown instruction {name!r}", origin, hint))
        elif name.upper() in {"RUN", "COPY", "ADD"} and (match := _HERE_DOCUMENT.search(value)):
            problems.append(Problem("here-documents are not supported", origin, "write the lines into a file"))
            here = match[1]
        elif not value.strip():
            problems.append(Problem(f"{name.upper()} has no arguments", origin))
        else:
            instructions.append(Instruction(name.upper(), value.strip(), line))
    if not problems and not any(i.name == "FROM" for i in instructions):
        problems.append(Problem("no FROM instruction", Origin(shown_as)))
    if problems:
        raise InvalidInputError(problems)
    return tuple(instructions)


def exec_or_shell(value: str) -> tuple[str, ...]:
    """The argument vector of CMD, ENTRYPOINT or RUN in its JSON form, else through ``/bin/sh -c``.

    Raises ValueError for what begins as a JSON list and isn't one: a shell would look for a program called ``[``.
    """
    try:
        parsed = json.loads(value)
    except ValueError as error:
        if value.startswith('["'):
            raise ValueError(f"looks like a JSON list of texts and isn't one: {error}") from error
        parsed = None
    if isinstance(parsed, list) and all(isinstance(part, str) for part in parsed):
        return tuple(parsed)
    return ("/bin/sh", "-c", value)


def words(value: str) -> tuple[str, ...]:
    """Split at blanks with quotes as in a shell. Raises ValueError for an unclosed quote."""
    return tuple(shlex.split(value))


def pairs(value: str) -> dict[str, str]:
    """``K=V K2="V 2"`` of ENV, LABEL and ARG, or the old ``K V`` form. Raises ValueError for an unclosed quote."""
    parts = words(value)
    if parts and "=" not in parts[0]:
        return {parts[0]: value[len(parts[0]) :].strip()}
    return dict(part.split("=", 1) for part in parts if "=" in part)


def substitute(text: str, variables: dict[str, str]) -> str:
    """Replace ``$NAME``, ``${NAME}``, ``${NAME:-default}`` and ``${NAME:+other}``; an unset name becomes empty."""

    def value(match: re.Match[str]) -> str:
        if match[0] == r"\$":
            return "$"
        current = variables.get(match[1] or match[2], "")
        if match[3] == "-":
            return current or match[4]
        if match[3] == "+":
            return match[4] if current else ""
        return current

    return _VARIABLE.sub(value, text)


def _logical_lines(text: str) -> list[tuple[int, str]]:
    lines: list[tuple[int, str]] = []
    parts: list[str] = []
    first = 0
    for number, raw in enumerate(text.splitlines(), start=1):
        stripped = raw.strip()
        if stripped.startswith("#") or not stripped:
            continue
        first = first or number
        parts.append(stripped.removesuffix("\\").strip())
        if not stripped.endswith("\\"):
            lines.append((first, " ".join(parts)))
            parts, first = [], 0
    if parts:
        lines.append((first, " ".join(parts)))
    return lines
