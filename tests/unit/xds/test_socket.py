import socket
import stat
from pathlib import Path

import pytest

from meshrig.errors import MeshrigError
from meshrig.xds.socket import private_socket


def bind(path: Path) -> socket.socket:
    made = socket.socket(socket.AF_UNIX)
    with private_socket(str(path)):
        made.bind(str(path))
    return made


def test_the_socket_is_its_owners_only(tmp_path: Path) -> None:
    with bind(tmp_path / "run" / "xds.sock"):
        assert stat.S_IMODE((tmp_path / "run" / "xds.sock").stat().st_mode) == 0o600
        assert stat.S_IMODE((tmp_path / "run").stat().st_mode) == 0o700


def test_a_socket_left_behind_is_replaced(tmp_path: Path) -> None:
    bind(tmp_path / "xds.sock").close()
    with bind(tmp_path / "xds.sock") as second:
        second.listen()


def test_a_socket_in_use_is_left_alone(tmp_path: Path) -> None:
    with bind(tmp_path / "xds.sock") as first:
        first.listen()
        with pytest.raises(MeshrigError, match="another control plane"):
            bind(tmp_path / "xds.sock")


def test_a_folder_open_to_others_is_refused(tmp_path: Path) -> None:
    tmp_path.chmod(0o755)
    with pytest.raises(MeshrigError, match="open to other users"):
        bind(tmp_path / "xds.sock")


def test_a_file_is_not_removed(tmp_path: Path) -> None:
    (tmp_path / "xds.sock").write_text("mine")
    with pytest.raises(MeshrigError, match="no socket"):
        bind(tmp_path / "xds.sock")


def test_a_path_too_long_says_so(tmp_path: Path) -> None:
    with pytest.raises(MeshrigError, match="too long"):
        bind(tmp_path / ("x" * 120))
