"""What is written down about each started process, so that a new supervisor finds it again."""

import contextlib
import hashlib
import json
import os
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import psutil

from meshrig.model.plan import ProcessSpec

# psutil rounds the start time differently across platforms; two processes of one pid are never this close.
_SAME_START_SECONDS = 0.5


@dataclass(frozen=True)
class ProcessRecord:
    """A started process: ``pid`` also leads its own session and process group; ``started`` is psutil's create time."""

    name: str
    pid: int
    started: float
    spec_hash: str
    ports: tuple[int, ...] = ()

    def is_alive(self) -> bool:
        """Whether that very process (not another of the same pid) still runs."""
        try:
            process = psutil.Process(self.pid)
            same = abs(process.create_time() - self.started) < _SAME_START_SECONDS
            return same and process.status() != psutil.STATUS_ZOMBIE
        except psutil.NoSuchProcess:
            return False

    def group(self) -> tuple[int, ...]:
        """Pids of the living members of its process group, its leader dead or alive."""
        return tuple(p.pid for p in psutil.process_iter() if _belongs(p, self))


def _belongs(process: psutil.Process, record: ProcessRecord) -> bool:
    try:
        in_group = os.getpgid(process.pid) == record.pid and os.getsid(process.pid) == record.pid
        if not in_group or process.create_time() < record.started - _SAME_START_SECONDS:
            return False
        return bool(process.status() != psutil.STATUS_ZOMBIE)
    except (psutil.NoSuchProcess, ProcessLookupError):
        return False


def _read(data: dict[str, Any]) -> ProcessRecord:
    """Raises ValueError, KeyError or TypeError for anything that ``save`` would not have written."""
    ports = tuple(int(port) for port in data["ports"])
    record = ProcessRecord(str(data["name"]), data["pid"], float(data["started"]), str(data["spec_hash"]), ports)
    # Signals go there: 0 and negative numbers mean whole groups, 1 is nobody's child.
    if type(record.pid) is not int or record.pid <= 1:
        raise ValueError(f"{record.pid!r} is no process of ours")
    return record


def spec_hash(spec: ProcessSpec) -> str:
    """Equal for specs that would start the same process in the same way; ``ports`` only tell people."""
    text = json.dumps(asdict(spec) | {"ports": None}, sort_keys=True, default=str)
    return hashlib.sha256(text.encode()).hexdigest()[:16]


class RecordStore:
    """Records as small files ``<folder>/<name>.json``, replaced atomically."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        folder.mkdir(parents=True, exist_ok=True)

    def save(self, record: ProcessRecord) -> None:
        # Somebody may have removed the folder since.
        self._folder.mkdir(parents=True, exist_ok=True)
        path = self._folder / f"{record.name}.json"
        temporary = path.with_suffix(".tmp")
        temporary.write_text(json.dumps(asdict(record)))
        temporary.replace(path)

    def forget(self, name: str) -> None:
        (self._folder / f"{name}.json").unlink(missing_ok=True)

    def load(self) -> dict[str, ProcessRecord]:
        """All readable records by name; a torn file is dropped."""
        records = {}
        for path in sorted(self._folder.glob("*.json")):
            try:
                record = _read(json.loads(path.read_text()))
            except (OSError, ValueError, KeyError, TypeError):
                with contextlib.suppress(OSError):
                    path.unlink()
                continue
            records[record.name] = record
        return records
