import stat
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.x509.verification import PolicyBuilder, Store, VerificationError

from meshrig.certs.authority import CertificateAuthority, IssuedCertificate
from meshrig.certs.files import write_certificate
from meshrig.errors import MeshrigError


def leaf(issued: IssuedCertificate) -> x509.Certificate:
    return x509.load_pem_x509_certificate(issued.cert_chain_pem.encode())


def verify(issued: IssuedCertificate, ca_pem: str, name: str = "users.local") -> None:
    """As a strict TLS client and a strict TLS server would."""
    builder = PolicyBuilder().store(Store([x509.load_pem_x509_certificate(ca_pem.encode())]))
    builder.build_server_verifier(x509.DNSName(name)).verify(leaf(issued), [])
    builder.build_client_verifier().verify(leaf(issued), [])


def issue(authority: CertificateAuthority, name: str = "users.local") -> IssuedCertificate:
    return authority.issue("users", (name,), ("spiffe://mesh/users",))


def test_a_certificate_is_good_for_both_sides_and_names_its_owner() -> None:
    authority = CertificateAuthority.create()
    issued = issue(authority)
    verify(issued, authority.ca_pem)
    names = leaf(issued).extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    assert names.get_values_for_type(x509.UniformResourceIdentifier) == ["spiffe://mesh/users"]
    assert issued.not_before < datetime.now(UTC) - timedelta(minutes=4)
    assert timedelta(hours=23) < issued.not_after - datetime.now(UTC) <= timedelta(hours=24)


def test_what_should_be_refused_is() -> None:
    authority, now = CertificateAuthority.create(), datetime.now(UTC)
    bad = {
        "another CA": issue(CertificateAuthority.create()),
        "self-signed": CertificateAuthority.self_signed("users", ("users.local",), ()),
        "another name": issue(authority, "orders.local"),
        "expired": authority.issue(
            "users", ("users.local",), not_before=now - timedelta(days=2), not_after=now - timedelta(days=1)
        ),
        "not yet valid": authority.issue("users", ("users.local",), not_before=now + timedelta(days=1)),
    }
    for issued in bad.values():
        with pytest.raises(VerificationError):
            verify(issued, authority.ca_pem)


def test_an_issued_certificate_cannot_sign_others() -> None:
    constraints = leaf(issue(CertificateAuthority.create())).extensions.get_extension_for_class(x509.BasicConstraints)
    assert constraints.value == x509.BasicConstraints(ca=False, path_length=None)


def test_a_ca_is_kept_in_its_folder_and_its_key_is_private(tmp_path: Path) -> None:
    first = CertificateAuthority.create_or_load(tmp_path / "ca")
    second = CertificateAuthority.create_or_load(tmp_path / "ca")
    assert second.ca_pem == first.ca_pem
    verify(issue(second), first.ca_pem)
    assert stat.S_IMODE((tmp_path / "ca" / "ca.key").stat().st_mode) == 0o600
    assert stat.S_IMODE((tmp_path / "ca").stat().st_mode) == 0o700


def test_a_broken_or_mixed_ca_is_refused(tmp_path: Path) -> None:
    CertificateAuthority.create_or_load(tmp_path / "a")
    CertificateAuthority.create_or_load(tmp_path / "b")
    (tmp_path / "a" / "ca.key").write_bytes((tmp_path / "b" / "ca.key").read_bytes())
    with pytest.raises(MeshrigError, match="does not belong"):
        CertificateAuthority.create_or_load(tmp_path / "a")
    (tmp_path / "b" / "ca.crt").write_text("no certificate")
    with pytest.raises(MeshrigError, match="cannot read"):
        CertificateAuthority.create_or_load(tmp_path / "b")


def test_files_are_written_whole_with_a_private_key(tmp_path: Path) -> None:
    issued = issue(CertificateAuthority.create())
    write_certificate(issued, tmp_path / "a.crt", tmp_path / "a.key")
    assert (tmp_path / "a.crt").read_text() == issued.cert_chain_pem
    assert stat.S_IMODE((tmp_path / "a.key").stat().st_mode) == 0o600
    assert {file.name for file in tmp_path.iterdir()} == {"a.crt", "a.key"}


def test_a_key_is_not_printed() -> None:
    assert "PRIVATE" not in repr(issue(CertificateAuthority.create()))
