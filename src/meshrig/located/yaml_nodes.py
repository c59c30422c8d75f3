"""YAML and JSON text -> values that remember file and line (YAML 1.1, as CloudFormation and Kubernetes read it)."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from meshrig.errors import InvalidInputError, Origin, Problem

# Tags of CloudFormation's short forms whose long form isn't Fn::<tag>.
_BARE_TAGS = {"!Ref": "Ref", "!Condition": "Condition"}
_LOADER = yaml.SafeLoader("")


@dataclass(frozen=True)
class Scalar:
    """A leaf: str, int, float, bool, None, or a date."""

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


def read_documents(path: Path, shown_as: str) -> tuple[Node, ...]:
    """All documents of a file. Raises InvalidInputError for what can't be read, with every duplicate key."""
    try:
        text = path.read_text()
    except (OSError, UnicodeDecodeError) as error:
        reason = error.strerror if isinstance(error, OSError) else "not UTF-8 text"
        raise InvalidInputError([Problem(f"cannot be read: {reason}", Origin(shown_as))]) from error
    return parse_documents(text, shown_as)


def parse_documents(text: str, shown_as: str) -> tuple[Node, ...]:
    """As ``read_documents``, of text."""
    problems: list[Problem] = []
    try:
        composed = [node for node in yaml.compose_all(text, Loader=yaml.SafeLoader) if node is not None]
        documents = tuple(_convert(node, shown_as, problems, 0) for node in composed)
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        origin = Origin(shown_as, mark.line + 1 if mark else 0)
        raise InvalidInputError([Problem(f"not valid YAML: {error.problem or error.context}", origin)]) from error
    except (yaml.YAMLError, ValueError, RecursionError) as error:
        message = "nested too deep" if isinstance(error, RecursionError) else str(error).splitlines()[0]
        raise InvalidInputError([Problem(f"not valid YAML: {message}", Origin(shown_as))]) from error
    if problems:
        raise InvalidInputError(problems)
    return documents


_DEEPEST = 100


def _convert(node: yaml.Node, file: str, problems: list[Problem], depth: int) -> Node:
    if depth > _DEEPEST:
        raise ValueError("nested too deep")
    origin = Origin(file, node.start_mark.line + 1)
    converted = _convert_untagged(node, origin, problems, depth)
    if not node.tag.startswith("!"):
        return converted
    name = _BARE_TAGS.get(node.tag, f"Fn::{node.tag[1:]}")
    if name == "Fn::GetAtt" and isinstance(converted, Scalar):
        parts = str(converted.value).split(".", 1)
        converted = Sequence(tuple(Scalar(part, origin) for part in parts), origin)
    return Mapping({name: converted}, {name: origin}, origin)


def _convert_untagged(node: yaml.Node, origin: Origin, problems: list[Problem], depth: int) -> Node:
    if isinstance(node, yaml.SequenceNode):
        return Sequence(tuple(_convert(item, origin.file, problems, depth + 1) for item in node.value), origin)
    if isinstance(node, yaml.MappingNode):
        return _convert_mapping(node, origin, problems, depth)
    if node.tag.startswith("!"):
        return Scalar(node.value, origin)
    return Scalar(_LOADER.construct_object(yaml.ScalarNode(node.tag, node.value, node.start_mark)), origin)


def _convert_mapping(node: yaml.MappingNode, origin: Origin, problems: list[Problem], depth: int) -> Mapping:
    values: dict[str, Node] = {}
    keys: dict[str, Origin] = {}
    for key, value in _merged(node):
        name = str(key.value)
        place = Origin(origin.file, key.start_mark.line + 1)
        if name in values:
            problems.append(Problem(f"the key {name!r} stands twice", place, f"first in line {keys[name].line}"))
        values[name] = _convert(value, origin.file, problems, depth + 1)
        keys[name] = place
    return Mapping(values, keys, origin)


def _merged(node: yaml.MappingNode) -> Iterator[tuple[yaml.Node, yaml.Node]]:
    """The pairs of a mapping with YAML's merge key ``<<`` resolved (own keys win)."""
    own = [(key, value) for key, value in node.value if key.tag != "tag:yaml.org,2002:merge"]
    names = {str(key.value) for key, _ in own}
    yield from own
    for key, value in node.value:
        if key.tag != "tag:yaml.org,2002:merge":
            continue
        for source in value.value if isinstance(value, yaml.SequenceNode) else [value]:
            if isinstance(source, yaml.MappingNode):
                yield from ((k, v) for k, v in source.value if str(k.value) not in names)
