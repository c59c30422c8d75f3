"""Reads the resource schemas AWS publishes for its CloudFormation types.

cfn-lint, which LocalStack depends on, carries them as data: a table of types per region and one JSON file per schema.
They are read as files, one type at a time: importing cfn-lint would cost seconds and megabytes.
"""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib.util import find_spec
from pathlib import Path
from typing import Any

Document = Mapping[str, Any]
PropertyPath = tuple[str, ...]
"""A path below ``Properties``; ``*`` stands for every item of a list."""

REGION_TABLE = "us_east_1.py"
TABLE_LINE = re.compile(r'^\s*"(?P<type>[\w:]+)": "(?P<file>[0-9a-f]+)",$', re.MULTILINE)


class UnknownTypeError(Exception):
    """No schema for a type of that name."""


@dataclass(frozen=True)
class ResourceSchema:
    """A type's schema: its JSON schema document and the property paths the engine asks for."""

    type_name: str
    document: Document
    create_only: tuple[PropertyPath, ...]
    read_only: tuple[PropertyPath, ...]

    @property
    def properties(self) -> Document:
        found: Document = self.document["properties"]
        return found

    @property
    def attributes(self) -> tuple[str, ...]:
        """The top-level read-only properties: what ``Fn::GetAtt`` can ask for."""
        return tuple(path[0] for path in self.read_only if len(path) == 1)


@cache
def resource_schema(type_name: str) -> ResourceSchema:
    """Raises UnknownTypeError."""
    table = _schema_files()
    if type_name not in table:
        raise UnknownTypeError(f"there is no CloudFormation resource schema of the name {type_name}")
    document = json.loads((_data_folder() / "resources" / f"{table[type_name]}.json").read_text())
    return ResourceSchema(
        type_name=type_name,
        document=document,
        create_only=_paths(document, "createOnlyProperties"),
        read_only=_paths(document, "readOnlyProperties"),
    )


def _paths(document: Document, name: str) -> tuple[PropertyPath, ...]:
    return tuple(property_path(pointer) for pointer in document.get(name, ()))


def property_path(pointer: str) -> PropertyPath:
    """``(A, B)`` for ``/properties/A/properties/B`` and ``/properties/A/B``, two spellings of one thing."""
    return tuple(pointer.removeprefix("/properties/").replace("/properties/", "/").split("/"))


@cache
def _schema_files() -> Mapping[str, str]:
    text = (_data_folder() / "providers" / REGION_TABLE).read_text()
    return {found["type"]: found["file"] for found in TABLE_LINE.finditer(text)}


@cache
def _data_folder() -> Path:
    spec = find_spec("cfnlint")
    if spec is None or spec.origin is None:
        raise UnknownTypeError("cfn-lint, which carries the resource schemas, is not installed")
    return Path(spec.origin).parent / "data" / "schemas"
