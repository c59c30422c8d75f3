"""Check a located value against a shape: every field that is unknown, missing or of the wrong type is a Problem."""

import re
from collections.abc import Callable
from dataclasses import dataclass, field

from meshrig.errors import Origin, Problem
from meshrig.located.fields import closest, did_you_mean
from meshrig.located.yaml_nodes import Mapping, Node, Scalar, Sequence
from meshrig.read.kubernetes.shape import (
    Anything,
    Flag,
    Integer,
    IntOrText,
    ListOf,
    MapOf,
    Object,
    Quantity,
    Shape,
    Text,
)

_QUANTITY = re.compile(r"[+-]?(\d+\.?\d*|\.\d+)(m|u|n|k|[KMGTPE]i?|[eE][+-]?\d+)?")


@dataclass
class Findings:
    """``notes``: one line for each real field that has no effect on plain processes."""

    problems: list[Problem] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)

    def note(self, origin: Origin, what: str, verb: str = "honoured") -> None:
        """Name something real that has no effect here; ``verb`` says what doesn't happen to it."""
        place = Origin(origin.file, origin.line, origin.subject.partition(".spec")[0])
        self.notes.append(f"{place}: {what} is not {verb} by the process runtime")


def check_shape(node: Node, shape: Shape, subject: str, findings: Findings) -> None:
    """``subject`` names the object, such as ``Deployment/users``; paths below it are appended."""
    _Check(subject, findings).value(node, shape, "")


@dataclass
class _Check:
    subject: str
    findings: Findings
    noting: bool = True

    def value(self, node: Node, shape: Shape, path: str) -> None:
        match shape:
            case Object():
                self._object(node, shape, path)
            case ListOf(item=item, least=least):
                self._list(node, item, least, path)
            case MapOf(value=value):
                if isinstance(node, Mapping):
                    for key, inner in node.values.items():
                        if not _is_null(inner):
                            self.value(inner, value, f"{path}.{key}")
                else:
                    self._problem("must be a mapping", node.origin, path)
            case _:
                if message := _wrong_scalar(node, shape):
                    hint = "quote it" if _is_number_for_text(node, shape) else ""
                    self._problem(message, node.origin, path, hint)

    def _object(self, node: Node, shape: Object, path: str) -> None:
        if not isinstance(node, Mapping):
            self._problem("must be a mapping", node.origin, path)
            return
        given = {key for key, value in node.values.items() if not _is_null(value)}
        known = {*shape.fields, *shape.ignored}
        misspelt = {closest(key, known) for key in node.values if key not in known}
        # A misspelt field is one problem, not a missing one and an unknown one.
        for name in sorted(shape.required - given - misspelt):
            self._problem(f"{name} is missing", node.origin, path)
        for key, value in node.values.items():
            self._field(key, value, node, shape, path)
        chosen = [name for name in shape.one_of if name in given]
        if shape.one_of and len(chosen) != 1:
            self._problem(f"needs exactly one of {', '.join(shape.one_of)}", node.origin, path)

    def _field(self, key: str, value: Node, parent: Mapping, shape: Object, path: str) -> None:
        inner = f"{path}.{key}"
        if known := shape.fields.get(key):
            if not _is_null(value):
                self.value(value, known, inner)
        elif ignored := shape.ignored.get(key):
            if not _is_null(value):
                self._note(key, parent.keys[key])
                _Check(self.subject, self.findings, noting=False).value(value, ignored, inner)
        else:
            hint = did_you_mean(key, [*shape.fields, *shape.ignored])
            self._problem("unknown field", parent.keys[key], inner, hint)

    def _list(self, node: Node, item: Shape, least: int, path: str) -> None:
        if not isinstance(node, Sequence):
            self._problem("must be a list", node.origin, path)
            return
        if len(node.items) < least:
            self._problem("must not be empty", node.origin, path)
        for index, element in enumerate(node.items):
            self.value(element, item, f"{path}[{index}]")

    def _problem(self, message: str, place: Origin, path: str, hint: str = "") -> None:
        origin = Origin(place.file, place.line, f"{self.subject}{path}")
        self.findings.problems.append(Problem(message, origin, hint))

    def _note(self, key: str, place: Origin) -> None:
        if self.noting:
            self.findings.note(Origin(place.file, place.line, self.subject), key)


def _is_null(node: Node) -> bool:
    return isinstance(node, Scalar) and node.value is None


def _is_number_for_text(node: Node, shape: Shape) -> bool:
    return isinstance(shape, Text) and isinstance(node, Scalar) and isinstance(node.value, (bool, int, float))


def _wrong_scalar(node: Node, shape: Shape) -> str:
    """What is wrong with a value that should be one scalar; empty if nothing."""
    if isinstance(shape, Anything):
        return ""
    wrong, word = _SCALARS[type(shape)]
    if not isinstance(node, Scalar) or not wrong(node.value):
        return f"must be {word}"
    if isinstance(shape, Integer):
        return _out_of_range(node.value, shape)
    if isinstance(shape, Text):
        return _bad_text(node.value, shape)
    return ""


def _out_of_range(value: int, shape: Integer) -> str:
    return "" if shape.least <= value <= shape.most else f"{value} is not in {shape.least} to {shape.most}"


def _bad_text(value: str, shape: Text) -> str:
    if shape.choices and value not in shape.choices:
        return f"{value!r} is not one of {', '.join(shape.choices)}"
    if shape.pattern and not re.fullmatch(shape.pattern, value):
        return f"{value!r} must be {shape.meaning}"
    return ""


def _is_integer(value: object) -> bool:
    return isinstance(value, int) and not isinstance(value, bool)


def _is_quantity(value: object) -> bool:
    if isinstance(value, str):
        return _QUANTITY.fullmatch(value) is not None
    return isinstance(value, float) or _is_integer(value)


_SCALARS: dict[type, tuple[Callable[[object], bool], str]] = {
    Text: (lambda value: isinstance(value, str), "text"),
    Integer: (_is_integer, "a whole number"),
    Flag: (lambda value: isinstance(value, bool), "true or false"),
    IntOrText: (lambda value: isinstance(value, str) or _is_integer(value), "a whole number or a name"),
    Quantity: (_is_quantity, "a quantity such as 100m or 64Mi"),
}
