"""YAML and JSON text -> values that remember file and line (YAML 1.1, as CloudFormation and Kubernetes read it)."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from meshrig.errors import InvalidInputError, Origin, Problem

# Tags of CloudFormation's short forms whose long form isn't Fn::<tag>.
_BARE_TAGS = {"!Ref": "Ref", "!Condition": "Condition"}


@dataclass(frozen=True)
class Scalar:
    """A leaf: str, int, float, bool, bytes (``!!binary``) or None."""

    value: Any
    origin: Origin


@dataclass(frozen=True)
class Sequence:
    items: tuple["Node", ...]
    origin: Origin


@dataclass(frozen=True)
class Mapping:
    """``keys`` are the places of the keys, ``values`` what they hold."""

    values: dict[str, "Node"]
    keys: dict[str, Origin]
    origin: Origin

    def get(self, key: str) -> "Node | None":
        return self.values.get(key)


Node = Scalar | Sequence | Mapping


def plain(node: Node | None) -> Any:
    """The bare value, places dropped."""
    match node:
        case Mapping(values=values):
            return {key: plain(value) for key, value in values.items()}
        case Sequence(items=items):
            return [plain(item) for item in items]
        case Scalar(value=value):
            return value
    return None


def read_text(path: Path, shown_as: str) -> str:
    """A file's text. Raises InvalidInputError where it can't be read, with the line of a byte that isn't UTF-8."""
    try:
        content = path.read_bytes()
        return content.decode("utf-8-sig")
    except OSError as error:
        raise InvalidInputError([Problem(f"cannot be read: {error.strerror}", Origin(shown_as))]) from error
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        raise InvalidInputError([Problem("cannot be read: not UTF-8 text", Origin(shown_as, line))]) from error


def read_documents(path: Path, shown_as: str) -> tuple[Node, ...]:
    """All documents of a file. Raises InvalidInputError for what can't be read, with every duplicate key."""
    return parse_documents(read_text(path, shown_as), shown_as)


def parse_documents(text: str, shown_as: str) -> tuple[Node, ...]:
    """As ``read_documents``, of text."""
    converter = _Converter(shown_as)
    try:
        composed = [node for node in yaml.compose_all(_spaced(text), Loader=yaml.SafeLoader) if node is not None]
        documents = tuple(converter.convert(node, 0) for node in composed)
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        origin = Origin(shown_as, mark.line + 1 if mark else 0)
        raise InvalidInputError([Problem(f"not valid YAML: {error.problem or error.context}", origin)]) from error
    except yaml.reader.ReaderError as error:
        origin = Origin(shown_as, text.count("\n", 0, error.position) + 1)
        message = f"not valid YAML: the character U+{int(error.character):04X} is not allowed"
        raise InvalidInputError([Problem(message, origin)]) from error
    except (yaml.YAMLError, ValueError, RecursionError) as error:
        message = "nested too deep" if isinstance(error, RecursionError) else str(error).splitlines()[0]
        raise InvalidInputError([Problem(f"not valid YAML: {message}", Origin(shown_as))]) from error
    if converter.problems:
        raise InvalidInputError(converter.problems)
    return documents


def _spaced(text: str) -> str:
    """JSON may be indented with tabs, which YAML refuses; inside JSON's strings a tab can't stand."""
    return text.replace("\t", " ") if text.lstrip().startswith("{") else text


_DEEPEST = 100
# Aliases can name one part of a document over and over; what they unfold to must stay readable.
_LARGEST = 200_000
_MERGE = "tag:yaml.org,2002:merge"
# CloudFormation and Kubernetes know neither dates nor YAML 1.1's "=": for them both are text.
_TEXT_TAGS = frozenset({"tag:yaml.org,2002:timestamp", "tag:yaml.org,2002:value"})


class _Converter:
    """PyYAML's nodes of one text -> ours."""

    def __init__(self, file: str) -> None:
        self.file = file
        self.problems: list[Problem] = []
        self._constructor = yaml.constructor.SafeConstructor()
        self._count = 0

    def convert(self, node: yaml.Node, depth: int) -> Node:
        self._count += 1
        if depth > _DEEPEST:
            raise ValueError("nested too deep")
        if self._count > _LARGEST:
            raise ValueError(f"more than {_LARGEST} values, its aliases unfolded")
        origin = self._place(node)
        converted = self._untagged(node, origin, depth)
        if not node.tag.startswith("!"):
            return converted
        name = _BARE_TAGS.get(node.tag, f"Fn::{node.tag[1:]}")
        if name == "Fn::GetAtt" and isinstance(converted, Scalar):
            parts = str(converted.value).split(".", 1)
            converted = Sequence(tuple(Scalar(part, origin) for part in parts), origin)
        return Mapping({name: converted}, {name: origin}, origin)

    def _place(self, node: yaml.Node) -> Origin:
        return Origin(self.file, node.start_mark.line + 1)

    def _untagged(self, node: yaml.Node, origin: Origin, depth: int) -> Node:
        if isinstance(node, yaml.SequenceNode):
            return Sequence(tuple(self.convert(item, depth + 1) for item in node.value), origin)
        if isinstance(node, yaml.MappingNode):
            return self._mapping(node, origin, depth)
        if node.tag.startswith("!") or node.tag in _TEXT_TAGS:
            return Scalar(node.value, origin)
        return Scalar(self._constructor.construct_object(node), origin)

    def _mapping(self, node: yaml.MappingNode, origin: Origin, depth: int) -> Mapping:
        values: dict[str, Node] = {}
        keys: dict[str, Origin] = {}
        for key, value in self._own(node):
            place = self._place(key)
            if not isinstance(key, yaml.ScalarNode):
                self.problems.append(Problem("a key must be a single word or text", place))
                continue
            name = str(key.value)
            if name in values:
                problem = Problem(f"the key {name!r} stands twice", place, f"first in line {keys[name].line}")
                self.problems.append(problem)
            values[name], keys[name] = self.convert(value, depth + 1), place
        for source in self._merged(node):
            merged = self.convert(source, depth + 1)
            if isinstance(merged, Mapping):
                values, keys = merged.values | values, merged.keys | keys
        return Mapping(values, keys, origin)

    def _own(self, node: yaml.MappingNode) -> Iterator[tuple[yaml.Node, yaml.Node]]:
        yield from ((key, value) for key, value in node.value if key.tag != _MERGE)

    def _merged(self, node: yaml.MappingNode) -> Iterator[yaml.Node]:
        """What YAML's merge key ``<<`` names; own keys win, then those of earlier sources."""
        for key, value in node.value:
            if key.tag != _MERGE:
                continue
            sources = value.value if isinstance(value, yaml.SequenceNode) else [value]
            for source in sources:
                if isinstance(source, yaml.MappingNode):
                    yield source
                else:
                    self.problems.append(Problem("<< takes a mapping, or a list of them", self._place(source)))
