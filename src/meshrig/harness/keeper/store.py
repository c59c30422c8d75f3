"""The desired state as JSON, and where the keeper remembers it over its own restarts."""

import json
from dataclasses import asdict
from pathlib import Path
from typing import Any

from meshrig.certs.files import write_private
from meshrig.errors import MeshrigError
from meshrig.model.desired import ClusterBacking, DesiredState


def to_json(desired: DesiredState) -> dict[str, Any]:
    return asdict(desired)


def from_json(content: Any) -> DesiredState:
    """Raises MeshrigError for anything ``to_json`` of this version would not have written."""
    try:
        fields = dict(content)
        backing = ClusterBacking(**fields.pop("backing"))
        repositories = tuple(fields.pop("repositories"))
        return DesiredState(backing=backing, repositories=repositories, **fields)
    except (KeyError, TypeError, ValueError) as error:
        hint = "meshrig and its keeper are of different versions: run meshrig up again"
        raise MeshrigError(f"not a desired state: {error}", hint=hint) from error


class DesiredStore:
    """One file, readable by the keeper only: it holds the CA's key."""

    def __init__(self, file: Path) -> None:
        self._file = file

    def load(self) -> DesiredState | None:
        """None before the first ``save``, or when what is there is of another version."""
        try:
            return from_json(json.loads(self._file.read_text()))
        except (OSError, ValueError, MeshrigError):
            return None

    def save(self, desired: DesiredState) -> None:
        write_private(self._file, json.dumps(to_json(desired)))
