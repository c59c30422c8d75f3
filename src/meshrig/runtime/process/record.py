"""What is written down about each started process, so that a new supervisor finds it again."""

import hashlib
import json
import os
from dataclasses import asdict, dataclass
from pathlib import Path

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
                data = json.loads(path.read_text())
                record = ProcessRecord(**data | {"ports": tuple(data["ports"])})
            except (ValueError, KeyError, TypeError):
                path.unlink(missing_ok=True)
                continue
            records[record.name] = record
        return records
