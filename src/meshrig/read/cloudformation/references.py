"""Find what the parts of a template refer to (CloudFormation template reference, "Intrinsic functions")."""

import re
from dataclasses import dataclass, field

from meshrig.errors import Origin, Problem
from meshrig.located.fields import did_you_mean
from meshrig.located.yaml_nodes import Mapping, Node, Scalar, Sequence

FUNCTIONS = frozenset(
    ("Fn::And", "Fn::Base64", "Fn::Cidr", "Fn::Contains", "Fn::EachMemberEquals", "Fn::EachMemberIn", "Fn::Equals",
     "Fn::FindInMap", "Fn::GetAZs", "Fn::GetAtt", "Fn::If", "Fn::ImportValue", "Fn::Join", "Fn::Length", "Fn::Not",
     "Fn::Or", "Fn::RefAll", "Fn::Select", "Fn::Split", "Fn::Sub", "Fn::ToJsonString", "Fn::Transform",
     "Fn::ValueOf", "Fn::ValueOfAll")
)  # fmt: skip
# A loop's name is part of its key; AWS::LanguageExtensions gives it a meaning.
_LOOP = "Fn::ForEach::"
_SUBSTITUTION = re.compile(r"\$\{([^!{}][^{}]*)\}")


@dataclass(frozen=True)
class Reference:
    """``kind`` is Ref, GetAtt, Sub, DependsOn, condition or mapping; ``attribute`` of GetAtt and of Sub's dots."""

    kind: str
    name: str
    origin: Origin
    attribute: str = ""


@dataclass
class Found:
    """References of one part of a template, and functions that are misspelt or misused."""

    references: list[Reference] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)


def find_references(node: Node | None, subject: str, *, in_conditions: bool = False) -> Found:
    """Everything below ``node``. ``in_conditions``: a lone key ``Condition`` names a condition there."""
    finder = _Finder(Found(), in_conditions)
    if node is not None:
        finder.visit(node, subject)
    return finder.found


@dataclass(frozen=True)
class _Finder:
    found: Found
    in_conditions: bool

    def visit(self, node: Node, subject: str) -> None:
        if isinstance(node, Sequence):
            for index, item in enumerate(node.items):
                self.visit(item, f"{subject}[{index}]")
        elif isinstance(node, Mapping):
            for key, value in node.values.items():
                is_function = self._function(key, value, node, subject)
                self.visit(value, subject if is_function else f"{subject}.{key}")

    def _function(self, key: str, value: Node, parent: Mapping, subject: str) -> bool:
        origin = Origin(parent.keys[key].file, parent.keys[key].line, subject)
        alone = len(parent.values) == 1
        if key.startswith("Fn::") and key not in FUNCTIONS and not key.startswith(_LOOP):
            self.found.problems.append(Problem(f"unknown function {key}", origin, did_you_mean(key, FUNCTIONS)))
        elif key.startswith("Fn::") and not alone and not key.startswith((_LOOP, "Fn::Transform")):
            self.found.problems.append(Problem(f"{key} must stand alone in its mapping", origin))
        elif key.startswith("Fn::") or (key == "Ref" and alone):
            self._refer(key, value, origin)
        elif key == "Condition" and alone and self.in_conditions:
            self._add("condition", value, origin)
        else:
            return False
        return True

    def _refer(self, key: str, value: Node, origin: Origin) -> None:
        arguments = value.items if isinstance(value, Sequence) else ()
        match key:
            case "Ref":
                if not self._add("Ref", value, origin):
                    self.found.problems.append(Problem("Ref takes the name of a resource or parameter", origin))
            case "Fn::GetAtt":
                self._get_att(value, origin)
            case "Fn::Sub":
                self._sub(value, origin)
            case "Fn::If" if len(arguments) == 3:
                self._add("condition", arguments[0], origin)
            case "Fn::If":
                self.found.problems.append(Problem("Fn::If takes a condition and two values", origin))
            case "Fn::FindInMap" if arguments:
                self._add("mapping", arguments[0], origin)

    def _add(self, kind: str, node: Node, origin: Origin, attribute: str = "") -> bool:
        """Whether the node is a name that can be checked; a function in its place can't be."""
        text = node.value if isinstance(node, Scalar) else None
        if isinstance(text, str):
            self.found.references.append(Reference(kind, text, origin, attribute))
        return isinstance(text, str)

    def _get_att(self, value: Node, origin: Origin) -> None:
        if isinstance(value, Scalar) and isinstance(value.value, str) and "." in value.value:
            name, _, attribute = value.value.partition(".")
            self.found.references.append(Reference("GetAtt", name, origin, attribute))
        elif isinstance(value, Sequence) and len(value.items) == 2:
            second = value.items[1]
            self._add("GetAtt", value.items[0], origin, str(second.value) if isinstance(second, Scalar) else "?")
        else:
            self.found.problems.append(Problem("Fn::GetAtt takes a logical id and an attribute", origin))

    def _sub(self, value: Node, origin: Origin) -> None:
        template, own = value, frozenset[str]()
        if isinstance(value, Sequence) and len(value.items) == 2 and isinstance(value.items[1], Mapping):
            template, own = value.items[0], frozenset(value.items[1].values)
        if not (isinstance(template, Scalar) and isinstance(template.value, str)):
            self.found.problems.append(Problem("Fn::Sub takes a text, or a text and a mapping", origin))
            return
        for inside in _SUBSTITUTION.findall(template.value):
            name, _, attribute = inside.strip().partition(".")
            if inside.strip() not in own:
                self.found.references.append(Reference("Sub", name, origin, attribute))
