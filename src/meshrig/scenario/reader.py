"""A scenario file -> Scenario; every problem with its line."""

import os
from collections.abc import Callable
from pathlib import Path

from meshrig.errors import InvalidInputError, Origin, Problem
from meshrig.located.fields import Fields, raise_problems
from meshrig.located.yaml_nodes import Node, parse_documents, read_documents
from meshrig.scenario.definition import Call, Phase, Scenario
from meshrig.scenario.read_bypass import read_bypass
from meshrig.scenario.read_handshake import read_handshake
from meshrig.scenario.read_load import read_load
from meshrig.scenario.read_mesh_config import read_mesh_config
from meshrig.scenario.read_request import read_call

# The key that says what a phase does -> how it is read, with the variables that have a value by then.
_READERS: dict[str, Callable[[str, Fields, set[str]], Phase]] = {
    "request": read_call,
    "load": read_load,
    "mesh_config": read_mesh_config,
    "handshake": read_handshake,
    "bypass": read_bypass,
}


def read_scenario(path: Path) -> Scenario:
    """Raises InvalidInputError with all problems of the file."""
    shown = os.path.relpath(path)
    return _read(read_documents(path, shown), shown)


def parse_scenario(text: str, shown_as: str) -> Scenario:
    """As ``read_scenario``, of text."""
    return _read(parse_documents(text, shown_as), shown_as)


def _read(documents: tuple[Node, ...], shown_as: str) -> Scenario:
    if len(documents) != 1:
        raise InvalidInputError([Problem("a scenario is one YAML document", Origin(shown_as))])
    problems: list[Problem] = []
    top = Fields(documents[0], "", problems)
    name, description = top.text("name", required=True), top.text("description")
    known: set[str] = set()
    names: dict[str, int] = {}
    setup = tuple(_step(item, known, names, ("request",)) for item in top.each("setup"))
    phases = tuple(_step(item, known, names, tuple(_READERS)) for item in top.each("phases"))
    if not phases:
        top.problem("needs at least one phase", "phases")
    top.close()
    raise_problems(problems)
    calls = tuple(step for step in setup if isinstance(step, Call))
    return Scenario(name, description, tuple(phase for phase in phases if phase), calls)


def _step(item: Fields, known: set[str], names: dict[str, int], kinds: tuple[str, ...]) -> Phase | None:
    """One of ``kinds``; None, and a problem, for anything else. Names tell results apart, so each stands once."""
    name = item.text("name", required=True)
    line = item.place("name").line
    if name and name in names:
        item.problem(f"there is a step {name!r} already", "name", f"first in line {names[name]}")
    names.setdefault(name, line)
    found = [kind for kind in kinds if item.has(kind)]
    if len(found) == 1:
        step = _READERS[found[0]](name, item.fields(found[0]), known)
        item.close()
        return step
    item.problem(f"needs {'exactly one of ' if len(kinds) > 1 else ''}{', '.join(kinds)}")
    return None
