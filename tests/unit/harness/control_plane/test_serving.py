"""The serving certificate: whom it is for, and when it is renewed."""

import asyncio
import ssl
from datetime import UTC, datetime, timedelta

import pytest

from meshrig.certs.authority import CertificateAuthority
from meshrig.harness.control_plane.serving import SERVING_NAMES, ServingCertificate
from meshrig.names import CONTROL_PLANE_HOST


def test_it_is_issued_by_the_ca_and_again_when_due_or_the_ca_is_another() -> None:
    serving, authority = ServingCertificate(), CertificateAuthority.create()
    assert serving.ca_pem == ""
    assert serving.renew(authority)
    assert serving.ca_pem == authority.ca_pem
    assert not serving.renew(authority)
    assert serving.renew(authority, datetime.now(UTC) + timedelta(hours=20))
    assert not serving.renew(authority, datetime.now(UTC))
    assert serving.renew(CertificateAuthority.create())


async def test_new_handshakes_see_the_renewed_certificate_under_every_name_of_the_service() -> None:
    serving, authority = ServingCertificate(), CertificateAuthority.create()
    server = await asyncio.start_server(lambda _reader, writer: writer.close(), "127.0.0.1", 0, ssl=serving.context)
    port = server.sockets[0].getsockname()[1]
    trusting = ssl.create_default_context(cadata=authority.ca_pem)
    with pytest.raises(ssl.SSLCertVerificationError):
        await asyncio.open_connection("127.0.0.1", port, ssl=trusting, server_hostname=CONTROL_PLANE_HOST)
    serving.renew(authority)
    for name in SERVING_NAMES:
        _, writer = await asyncio.open_connection("127.0.0.1", port, ssl=trusting, server_hostname=name)
        writer.close()
    with pytest.raises(ssl.SSLCertVerificationError):
        await asyncio.open_connection("127.0.0.1", port, ssl=trusting, server_hostname="elsewhere")
    server.close()
