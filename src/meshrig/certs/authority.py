"""Issue short-lived certificates from a CA kept in a folder (profile after RFC 5280; ECDSA P-256)."""

import fcntl
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from meshrig.certs.files import write_private, write_public
from meshrig.certs.rotation import IssuedCertificate, rotation_due
from meshrig.errors import MeshrigError

__all__ = ["CertificateAuthority", "IssuedCertificate", "rotation_due"]

CA_LIFETIME = timedelta(days=3650)
DEFAULT_LIFETIME = timedelta(hours=24)
# Certificates are valid from a little before they are made: clocks differ.
CLOCK_SKEW = timedelta(minutes=5)


class CertificateAuthority:
    """A self-signed CA that signs workload certificates only (path length 0)."""

    def __init__(self, certificate: x509.Certificate, key: ec.EllipticCurvePrivateKey) -> None:
        self._certificate = certificate
        self._key = key
        self.ca_pem = _pem(certificate)

    @classmethod
    def create(cls, common_name: str = "meshrig local CA") -> "CertificateAuthority":
        """A new CA that exists in memory only."""
        key = ec.generate_private_key(ec.SECP256R1())
        name = _name(common_name)
        now = datetime.now(UTC)
        certificate = (
            _builder(name, name, key.public_key(), now - CLOCK_SKEW, now + CA_LIFETIME)
            .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
            .add_extension(_key_usage(ca=True), critical=True)
            .sign(key, hashes.SHA256())
        )
        return cls(certificate, key)

    @classmethod
    def self_signed(cls, common_name: str, dns_sans: tuple[str, ...], uri_sans: tuple[str, ...]) -> IssuedCertificate:
        """A certificate that nobody but itself vouches for, to prove that it is refused."""
        key = ec.generate_private_key(ec.SECP256R1())
        now = datetime.now(UTC)
        validity = (now - CLOCK_SKEW, now + DEFAULT_LIFETIME)
        builder = _leaf_builder(common_name, _name(common_name), key, validity, dns_sans, uri_sans)
        return _issued(builder.sign(key, hashes.SHA256()), key)

    @classmethod
    def create_or_load(cls, folder: Path) -> "CertificateAuthority":
        """The CA of that folder, made there when it has none or it is about to end. The key file is 0600.

        Processes that do this at once get the same CA. Raises MeshrigError when what is there can't be used.
        """
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        with _locked(folder / ".lock"):
            cert_file, key_file = folder / "ca.crt", folder / "ca.key"
            if cert_file.exists() and key_file.exists():
                found = cls._load(cert_file, key_file)
                if found._certificate.not_valid_after_utc > datetime.now(UTC) + DEFAULT_LIFETIME * 2:
                    return found
            made = cls.create()
            # Never a new key beside an old certificate, even when this is cut short.
            cert_file.unlink(missing_ok=True)
            write_private(key_file, _key_pem(made._key))
            write_public(cert_file, made.ca_pem)
            return made

    @classmethod
    def from_pem(
        cls, certificate_pem: str, key_pem: str, where: str = "the CA", remedy: str = ""
    ) -> "CertificateAuthority":
        """The CA of these texts. Raises MeshrigError, naming ``where`` they are from, when they can't be used."""
        try:
            certificate = x509.load_pem_x509_certificate(certificate_pem.encode())
            key = serialization.load_pem_private_key(key_pem.encode(), password=None)
        except ValueError as error:
            raise MeshrigError(f"cannot read {where}: {error}", hint=remedy) from error
        if not isinstance(key, ec.EllipticCurvePrivateKey):
            raise MeshrigError(f"the key of {where} is not an EC key", hint=remedy)
        if certificate.public_key() != key.public_key():
            raise MeshrigError(f"the certificate of {where} does not belong to its key", hint=remedy)
        return cls(certificate, key)

    @property
    def key_pem(self) -> str:
        """The private key, for whoever has to keep this CA."""
        return _key_pem(self._key)

    @classmethod
    def _load(cls, cert_file: Path, key_file: Path) -> "CertificateAuthority":
        remedy = f"remove {cert_file.parent}"
        try:
            certificate, key = cert_file.read_text(), key_file.read_text()
        except (OSError, UnicodeDecodeError) as error:
            raise MeshrigError(f"cannot read the CA: {error}", hint=remedy) from error
        found = cls.from_pem(certificate, key, f"the CA in {cert_file.parent}", remedy)
        key_file.chmod(0o600)
        return found

    def issue(
        self,
        common_name: str,
        dns_sans: tuple[str, ...] = (),
        uri_sans: tuple[str, ...] = (),
        lifetime: timedelta = DEFAULT_LIFETIME,
        not_before: datetime | None = None,
        not_after: datetime | None = None,
    ) -> IssuedCertificate:
        """A certificate for both sides of TLS, valid from a little before now until ``lifetime`` from now.

        ``not_before`` and ``not_after`` overrule that, so that tests can have one that has expired or is not valid
        yet. Raises ValueError if it would end before it begins.
        """
        key = ec.generate_private_key(ec.SECP256R1())
        begin = not_before or datetime.now(UTC) - CLOCK_SKEW
        end = not_after or (not_before or datetime.now(UTC)) + lifetime
        builder = _leaf_builder(common_name, self._certificate.subject, key, (begin, end), dns_sans, uri_sans)
        issuer_key = x509.AuthorityKeyIdentifier.from_issuer_public_key(self._key.public_key())
        signed = builder.add_extension(issuer_key, critical=False).sign(self._key, hashes.SHA256())
        return _issued(signed, key)


def _issued(certificate: x509.Certificate, key: ec.EllipticCurvePrivateKey) -> IssuedCertificate:
    return IssuedCertificate(
        _pem(certificate),
        _key_pem(key),
        certificate.not_valid_before_utc,
        certificate.not_valid_after_utc,
        certificate.serial_number,
    )


def _leaf_builder(
    common_name: str,
    issuer: x509.Name,
    key: ec.EllipticCurvePrivateKey,
    validity: tuple[datetime, datetime],
    dns_sans: tuple[str, ...],
    uri_sans: tuple[str, ...],
) -> x509.CertificateBuilder:
    purposes = x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH, ExtendedKeyUsageOID.CLIENT_AUTH])
    builder = (
        _builder(_name(common_name), issuer, key.public_key(), *validity)
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(_key_usage(ca=False), critical=True)
        .add_extension(purposes, critical=False)
    )
    names = [*(x509.DNSName(n) for n in dns_sans), *(x509.UniformResourceIdentifier(u) for u in uri_sans)]
    return builder.add_extension(x509.SubjectAlternativeName(names), critical=False) if names else builder


def _name(common_name: str) -> x509.Name:
    """X.520 allows 64 characters; who a certificate is for stands in its SANs."""
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, common_name[:64])])


def _builder(
    subject: x509.Name, issuer: x509.Name, key: ec.EllipticCurvePublicKey, start: datetime, end: datetime
) -> x509.CertificateBuilder:
    return (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer)
        .public_key(key)
        .serial_number(x509.random_serial_number())
        .not_valid_before(start)
        .not_valid_after(end)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key), critical=False)
    )


def _key_usage(*, ca: bool) -> x509.KeyUsage:
    return x509.KeyUsage(
        digital_signature=not ca, key_cert_sign=ca, crl_sign=ca, content_commitment=False, key_encipherment=False,
        data_encipherment=False, key_agreement=False, encipher_only=False, decipher_only=False,
    )  # fmt: skip


def _pem(certificate: x509.Certificate) -> str:
    return certificate.public_bytes(serialization.Encoding.PEM).decode()


def _key_pem(key: ec.EllipticCurvePrivateKey) -> str:
    return key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    ).decode()


@contextmanager
def _locked(file: Path) -> Iterator[None]:
    with file.open("w") as held:
        fcntl.flock(held, fcntl.LOCK_EX)
        yield
