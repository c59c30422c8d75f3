import socket
from pathlib import Path

import pytest

from meshrig.errors import MeshrigError
from meshrig.runtime.process.ports import Moved, PortAllocator


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def test_a_name_keeps_its_port_over_runs(tmp_path: Path) -> None:
    first = PortAllocator(tmp_path / "ports.json")
    port = first.port("users-0:8080")
    first.save()
    assert PortAllocator(tmp_path / "ports.json").port("users-0:8080") == port


def test_a_taken_port_moves_to_the_next_and_says_so(tmp_path: Path) -> None:
    with socket.socket() as stranger:
        stranger.bind(("127.0.0.1", 0))
        stranger.listen()
        wanted = stranger.getsockname()[1]
        ports = PortAllocator(tmp_path / "ports.json")
        port = ports.port("edge", wanted)
        assert port > wanted
        assert ports.moved == [Moved("edge", wanted, port)]


def test_a_port_our_own_process_holds_stays_with_its_name(tmp_path: Path) -> None:
    wanted = free_port()
    first = PortAllocator(tmp_path / "ports.json")
    first.port("edge", wanted)
    first.save()
    with socket.socket() as ours:
        ours.bind(("127.0.0.1", wanted))
        ours.listen()
        again = PortAllocator(tmp_path / "ports.json", frozenset({wanted}))
        assert again.port("edge", wanted) == wanted
        assert again.moved == []


def test_a_moved_port_stays_moved_while_it_is_held(tmp_path: Path) -> None:
    with socket.socket() as stranger, socket.socket() as ours:
        stranger.bind(("127.0.0.1", 0))
        stranger.listen()
        wanted = stranger.getsockname()[1]
        first = PortAllocator(tmp_path / "ports.json")
        port = first.port("edge", wanted)
        first.save()
        ours.bind(("127.0.0.1", port))
        ours.listen()
        assert PortAllocator(tmp_path / "ports.json", frozenset({port})).port("edge", wanted) == port


def test_two_names_never_share_a_port(tmp_path: Path) -> None:
    ports = PortAllocator(tmp_path / "ports.json")
    names = [f"pod-{n}" for n in range(50)]
    assert len({ports.port(name) for name in names}) == len(names)


def test_a_torn_file_is_forgotten(tmp_path: Path) -> None:
    (tmp_path / "ports.json").write_text('{"edge": 80')
    assert PortAllocator(tmp_path / "ports.json").port("edge") > 0


@pytest.mark.parametrize(
    "content",
    [b"{", b"\xff", b"[1]", b"null", b'{"edge": "x"}', b'{"edge": 99999999}', b'{"edge": -1}', b'{"edge": true}'],
)
def test_a_spoilt_memory_is_no_memory(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "ports.json").write_bytes(content)
    ports = PortAllocator(tmp_path / "ports.json")
    assert 1024 <= ports.port("edge") <= 65_535
    ports.save()
    assert "edge" in (tmp_path / "ports.json").read_text()


def test_no_free_port_is_said_in_words(tmp_path: Path) -> None:
    with pytest.raises(MeshrigError, match="no free port from 65536 on for edge"):
        PortAllocator(tmp_path / "ports.json").port("edge", 65_536)
