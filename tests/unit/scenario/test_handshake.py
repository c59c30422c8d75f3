import pytest

from meshrig.errors import MeshrigError
from meshrig.scenario.context import Target, Targets
from meshrig.scenario.definition import Handshake
from meshrig.scenario.handshake import check_handshake
from tests.unit.scenario.fake_mesh import ANSWERED, FakeMesh
from tests.unit.scenario.test_bypass import context

OPEN = Target("pod_ip", "127.0.0.1", 1, "no root")
GUARDED = Target("pod_ip", "127.0.0.1", 2)
ADDRESSES = Targets((Target("cluster_ip", "10.96.0.1", 3), OPEN, GUARDED))


async def test_a_refusal_and_a_risen_counter_are_two_checks_without_amounts() -> None:
    mesh = FakeMesh(ADDRESSES, counts=iter([4, 5]))
    checks = await check_handshake(Handshake("h", "users", "none", False, counter="ssl.fail"), context(mesh))
    assert [(check.ok, check.seen, check.outcome) for check in checks] == [
        (True, "refused (connection closed)", "refused"),
        (True, "4 → 5", "rises"),
    ]


async def test_the_sidecar_is_dialled_not_what_lies_open() -> None:
    mesh = FakeMesh(ADDRESSES, lambda _: ANSWERED)
    (check,) = await check_handshake(Handshake("h", "users", "plaintext", False), context(mesh))
    assert [(attempt.port, attempt.plaintext) for attempt in mesh.dialled] == [(2, True)]
    assert (check.ok, check.outcome) == (False, "answered")


async def test_no_guarded_port_is_said() -> None:
    with pytest.raises(MeshrigError, match="no pod of users has a port that its sidecar guards"):
        await check_handshake(Handshake("h", "users", "none", False), context(FakeMesh(Targets((OPEN,)))))
