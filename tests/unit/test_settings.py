from pathlib import Path

import pytest

from meshrig.errors import InvalidInputError, MeshrigError
from meshrig.settings import existing_places, places


def test_sockets_have_short_names_however_deep_the_project_lies(tmp_path: Path) -> None:
    deep = tmp_path / ("d" * 100) / ("ä" * 50)
    deep.mkdir(parents=True)
    found = places(deep)
    assert len(bytes(found.control)) < 100
    assert found.sockets.stat().st_mode & 0o777 == 0o700
    found.sockets.rmdir()


def test_a_folder_that_cannot_be_made_is_said_in_words(tmp_path: Path) -> None:
    (tmp_path / ".meshrig").write_text("a file")
    with pytest.raises(MeshrigError, match=r"cannot make .*\.meshrig"):
        places(tmp_path)


def test_nothing_is_made_where_there_is_no_project(tmp_path: Path) -> None:
    with pytest.raises(InvalidInputError, match="no such file"):
        existing_places(tmp_path / "meshrig.yaml")
    assert list(tmp_path.iterdir()) == []


def test_a_system_may_outlive_its_project_file(tmp_path: Path) -> None:
    places(tmp_path)
    assert existing_places(tmp_path / "meshrig.yaml").root == tmp_path
