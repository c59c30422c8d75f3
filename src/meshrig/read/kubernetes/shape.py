"""What a field of a Kubernetes object may hold: the words in which the tables of this package are written."""

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True)
class Text:
    """``choices`` empty means any; ``pattern`` must match whole, and ``meaning`` says it in words."""

    choices: tuple[str, ...] = ()
    pattern: str = ""
    meaning: str = ""


@dataclass(frozen=True)
class Integer:
    least: int = -(2**31)
    most: int = 2**31 - 1


@dataclass(frozen=True)
class Flag:
    """True or false."""


@dataclass(frozen=True)
class IntOrText:
    """A whole number or a name, such as a port or a percentage."""


@dataclass(frozen=True)
class Quantity:
    """A number or a text such as 100m or 64Mi."""


@dataclass(frozen=True)
class Anything:
    """A value whose inside isn't checked here."""


@dataclass(frozen=True)
class ListOf:
    item: "Shape"
    least: int = 0


@dataclass(frozen=True)
class MapOf:
    """A mapping with keys of the user's choice."""

    value: "Shape"


@dataclass(frozen=True)
class Object:
    """``required`` fields must be there; ``ignored`` ones are real but have no effect on plain processes.

    ``one_of``: exactly one of these fields must be given.
    """

    fields: Mapping[str, "Shape"]
    required: frozenset[str] = field(default_factory=frozenset)
    ignored: Mapping[str, "Shape"] = field(default_factory=dict)
    one_of: tuple[str, ...] = ()


Shape = Text | Integer | Flag | IntOrText | Quantity | Anything | ListOf | MapOf | Object

TEXT = Text()
INTEGER = Integer()
COUNT = Integer(least=0)
FLAG = Flag()
PORT = Integer(1, 65535)
INT_OR_TEXT = IntOrText()
QUANTITY = Quantity()
ANYTHING = Anything()
TEXTS = ListOf(TEXT)
TEXT_MAP = MapOf(TEXT)
# Names: https://kubernetes.io/docs/concepts/overview/working-with-objects/names/
LABEL = Text(
    pattern=r"[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?",
    meaning="at most 63 lower-case letters, digits and '-', a letter or digit at both ends",
)
SUBDOMAIN = Text(
    pattern=r"(?=.{1,253}$)[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*",
    meaning="lower-case letters, digits, '-' and '.', a letter or digit at both ends of each part",
)
PORT_NAME = Text(
    pattern=r"(?=.{0,14}[a-z])(?!.*--)[a-z0-9]([-a-z0-9]{0,13}[a-z0-9])?",
    meaning="at most 15 lower-case letters, digits and '-', with a letter among them",
)


def required(*names: str) -> frozenset[str]:
    """Reads well in a table."""
    return frozenset(names)
