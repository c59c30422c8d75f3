import asyncio
import ssl
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from meshrig.certs.authority import CertificateAuthority
from meshrig.scenario.attempt import Attempt
from meshrig.scenario.probe import dial
from meshrig.scenario.probe_messages import PemCertificate
from tests.integration.scenario.local_servers import Api, answer, listening, listening_for_one, server_tls

pytestmark = pytest.mark.integration
VERSIONS = pytest.mark.parametrize("newest", [ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3])


def api() -> Api:
    return Api(answers={"GET /": answer(404)})


@VERSIONS
async def test_a_good_certificate_is_answered(tmp_path: Path, newest: ssl.TLSVersion) -> None:
    authority = CertificateAuthority.create()
    with listening_for_one(server_tls(authority, tmp_path, newest)) as address:
        outcome = await dial(Attempt(*address, certificate=authority.issue("orders", ("orders.test",))))
    assert (outcome.kind, outcome.detail) == ("answered", "HTTP 404")


@VERSIONS
async def test_no_certificate_is_refused(tmp_path: Path, newest: ssl.TLSVersion) -> None:
    with listening_for_one(server_tls(CertificateAuthority.create(), tmp_path, newest)) as address:
        assert (await dial(Attempt(*address))).kind == "refused"


@VERSIONS
@pytest.mark.parametrize("kind", ["self_signed", "other_ca", "expired"])
async def test_bad_certificates_are_refused(tmp_path: Path, newest: ssl.TLSVersion, kind: str) -> None:
    authority, long_ago = CertificateAuthority.create(), datetime.now(UTC) - timedelta(days=2)
    certificate = {
        "self_signed": lambda: CertificateAuthority.self_signed("orders", ("orders.test",), ()),
        "other_ca": lambda: CertificateAuthority.create("another CA").issue("orders", ("orders.test",)),
        "expired": lambda: authority.issue("orders", ("orders.test",), lifetime=timedelta(1), not_before=long_ago),
    }[kind]()
    with listening_for_one(server_tls(authority, tmp_path, newest)) as address:
        outcome = await dial(Attempt(*address, certificate=certificate))
    assert outcome.kind == "refused"
    assert "ALERT" in outcome.detail


async def test_plaintext_is_refused_by_tls(tmp_path: Path) -> None:
    with listening_for_one(server_tls(CertificateAuthority.create(), tmp_path)) as address:
        assert (await dial(Attempt(*address, plaintext=True))).kind == "refused"


async def test_plaintext_is_answered_in_clear() -> None:
    async with listening(api().handle) as address:
        assert (await dial(Attempt(*address, plaintext=True))).kind == "answered"


async def test_nobody_there_is_no_refusal() -> None:
    async with listening(api().handle) as address:
        pass
    assert (await dial(Attempt(*address, plaintext=True))).kind == "unreachable"


async def test_silence_is_no_refusal() -> None:
    async def say_nothing(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read(-1)
        writer.close()

    async with listening(say_nothing) as address:
        assert (await dial(Attempt(*address, plaintext=True, timeout=0.1))).kind == "silent"


async def test_the_name_asked_for_reaches_the_server(tmp_path: Path) -> None:
    authority, names = CertificateAuthority.create(), []
    tls = server_tls(authority, tmp_path)
    tls.sni_callback = lambda _socket, name, _context: names.append(name)
    certificate = authority.issue("orders", ("orders.test",))
    for sni in ("users.test", ""):
        with listening_for_one(tls) as address:
            assert (await dial(Attempt(*address, certificate=certificate, sni=sni))).kind == "answered"
    assert names == ["users.test", None]


async def test_what_is_no_certificate_is_no_outcome() -> None:
    with pytest.raises(ssl.SSLError):
        await dial(Attempt("127.0.0.1", 1, certificate=PemCertificate("chain", "key")))
