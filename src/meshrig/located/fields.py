"""Take fields out of located mappings, collecting every problem on the way."""

import difflib
from collections.abc import Callable, Iterable

from meshrig.errors import InvalidInputError, Origin, Problem
from meshrig.located.yaml_nodes import Mapping, Node, Scalar, Sequence


def closest(name: str, known: Iterable[str]) -> str:
    """The known word that ``name`` is probably a misspelling of; empty if there is none."""
    return next(iter(difflib.get_close_matches(name, sorted(known), n=1, cutoff=0.6)), "")


def did_you_mean(name: str, known: Iterable[str]) -> str:
    """A hint naming the closest known word, or all of them where there are few."""
    known = sorted(known)
    if close := closest(name, known):
        return f"did you mean {close}?"
    return f"known: {', '.join(known)}" if 0 < len(known) <= 12 else ""


class Fields:
    """One mapping being read; ``subject`` is its dotted path for messages."""

    def __init__(
        self,
        node: Node | None,
        subject: str,
        problems: list[Problem],
        origin: Origin | None = None,
        *,
        absent: bool = False,
    ) -> None:
        """``absent``: not even its key is there, so what it lacks is no problem of its own."""
        self.subject = subject
        self.problems = problems
        place = origin or (node.origin if node else Origin())
        self.origin = Origin(place.file, place.line, subject.lstrip("."))
        self._node = node if isinstance(node, Mapping) else Mapping({}, {}, place)
        self._lacking = isinstance(node, Mapping) or (node is None and not absent)
        self._seen: set[str] = set()
        self._missing: dict[str, Problem] = {}
        if node is not None and not isinstance(node, Mapping):
            self.problem("must be a mapping")

    def problem(self, message: str, key: str = "", hint: str = "") -> None:
        self.problems.append(Problem(message, self.place(key), hint))

    def place(self, key: str = "") -> Origin:
        """Where a key stands, or the mapping itself."""
        found = self._node.keys.get(key, self.origin) if key else self.origin
        subject = f"{self.subject}.{key}" if key else self.subject
        return Origin(found.file, found.line, subject.lstrip("."))

    def has(self, key: str) -> bool:
        return self._node.get(key) is not None

    def names(self) -> tuple[str, ...]:
        return tuple(self._node.values)

    def node(self, key: str) -> Node | None:
        self._seen.add(key)
        found = self._node.get(key)
        return None if isinstance(found, Scalar) and found.value is None else found

    def text(self, key: str, default: str = "", *, required: bool = False) -> str:
        node = self._present(key, required)
        if node is None:
            return default
        if isinstance(node, Scalar) and isinstance(node.value, str):
            return node.value
        self.problem("must be text", key, "quote it" if isinstance(node, Scalar) else "")
        return default

    def integer(self, key: str, default: int = 0, *, required: bool = False) -> int:
        node = self._present(key, required)
        if node is None:
            return default
        if isinstance(node, Scalar) and isinstance(node.value, int) and not isinstance(node.value, bool):
            return node.value
        self.problem("must be a whole number", key)
        return default

    def flag(self, key: str, default: bool = False) -> bool:
        node = self.node(key)
        if node is None:
            return default
        if isinstance(node, Scalar) and isinstance(node.value, bool):
            return node.value
        self.problem("must be true or false", key)
        return default

    def int_or_text(self, key: str, default: int | str = "", *, required: bool = False) -> int | str:
        node = self._present(key, required)
        if isinstance(node, Scalar) and isinstance(node.value, (int, str)) and not isinstance(node.value, bool):
            return node.value
        if node is not None:
            self.problem("must be a number or a name", key)
        return default

    def texts(self, key: str) -> tuple[str, ...]:
        """A list of texts; numbers are taken as their text."""
        found = []
        for item in self.items(key):
            if isinstance(item, Scalar):
                found.append(str(item.value))
            else:
                self.problem("must be a list of texts", key)
        return tuple(found)

    def text_map(self, key: str) -> dict[str, str]:
        """A mapping of texts."""
        inner = self.fields(key)
        return {name: inner.text(name) for name in inner.names()}

    def items(self, key: str) -> tuple[Node, ...]:
        node = self.node(key)
        if node is None or isinstance(node, Sequence):
            return node.items if node else ()
        self.problem("must be a list", key)
        return ()

    def fields(self, key: str, *, required: bool = False) -> "Fields":
        node = self._present(key, required)
        absent = key not in self._node.values
        return Fields(node, f"{self.subject}.{key}", self.problems, self.place(key), absent=absent)

    def each(self, key: str) -> tuple["Fields", ...]:
        """The mappings of a list."""
        subject = f"{self.subject}.{key}"
        return tuple(Fields(n, f"{subject}[{i}]", self.problems) for i, n in enumerate(self.items(key)))

    def close(self, unsupported: Iterable[str] = (), note: Callable[[str], None] = lambda _: None) -> None:
        """Say of every key not taken that it is unknown, or note it where it is merely not honoured."""
        unsupported = set(unsupported)
        for key in self._node.values:
            if key in self._seen:
                continue
            if key in unsupported:
                note(f"{self.place(key)} is not honoured by the process runtime")
            else:
                known = self._seen | unsupported
                self.problem("unknown field", key, did_you_mean(key, known))
                self._found(closest(key, known))

    def _present(self, key: str, required: bool) -> Node | None:
        node = self.node(key)
        if node is None and required and self._lacking and key not in self._missing:
            self._missing[key] = Problem(f"{key} is missing", self.place())
            self.problems.append(self._missing[key])
        return node

    def _found(self, key: str) -> None:
        """A misspelt field is one problem, not a missing one and an unknown one."""
        if missing := self._missing.pop(key, None):
            self.problems.remove(missing)


def raise_problems(problems: list[Problem]) -> None:
    """Raise InvalidInputError if there are any."""
    if problems:
        raise InvalidInputError(problems)
