import json
import os
from pathlib import Path
from typing import Any

import psutil
import pytest

from meshrig.runtime.process.record import ProcessRecord, RecordStore

GOOD = {"name": "web-0", "pid": 4711, "started": 1.5, "spec_hash": "a", "ports": [8080]}


def test_records_come_back(tmp_path: Path) -> None:
    record = ProcessRecord("web-0", os.getpid(), psutil.Process().create_time(), "a", (8080,))
    RecordStore(tmp_path / "processes").save(record)
    assert RecordStore(tmp_path / "processes").load() == {"web-0": record}
    assert record.is_alive()


@pytest.mark.parametrize(
    "spoilt",
    ["", "{", "[]", *(GOOD | {key: value} for key, value in [("pid", "x"), ("pid", 0), ("pid", -1), ("ports", 3)]), {}],
)
def test_a_spoilt_record_is_dropped(tmp_path: Path, spoilt: Any) -> None:
    store = RecordStore(tmp_path)
    (tmp_path / "web-0.json").write_text(spoilt if isinstance(spoilt, str) else json.dumps(spoilt))
    (tmp_path / "db-0.json").write_text(json.dumps(GOOD | {"name": "db-0"}))
    assert list(store.load()) == ["db-0"]
    assert not (tmp_path / "web-0.json").exists()


def test_a_removed_folder_is_made_again(tmp_path: Path) -> None:
    store = RecordStore(tmp_path / "processes")
    (tmp_path / "processes").rmdir()
    store.save(ProcessRecord("web-0", 4711, 1.5, "a"))
    assert list(store.load()) == ["web-0"]
