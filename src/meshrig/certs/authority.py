"""Issue short-lived certificates from a CA kept in a folder (profile after RFC 5280; ECDSA P-256)."""

import os
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from meshrig.errors import MeshrigError

CA_LIFETIME = timedelta(days=3650)
DEFAULT_LIFETIME = timedelta(hours=24)
# Certificates are valid from a little before they are made: clocks differ.
CLOCK_SKEW = timedelta(minutes=5)
_ROTATE_AFTER = 2 / 3


@dataclass(frozen=True)
class IssuedCertificate:
    """``cert_chain_pem`` is the leaf; times are UTC."""

    cert_chain_pem: str
    private_key_pem: str = field(repr=False)
    not_before: datetime
    not_after: datetime
    serial: int


def rotation_due(certificate: IssuedCertificate, now: datetime) -> bool:
    """Whether two thirds of its lifetime are over."""
    lifetime = certificate.not_after - certificate.not_before
    return now >= certificate.not_before + lifetime * _ROTATE_AFTER


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
        name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, common_name)])
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
        name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, common_name[:64])])
        start = datetime.now(UTC) - CLOCK_SKEW
        certificate = (
            _builder(name, name, key.public_key(), start, start + DEFAULT_LIFETIME)
            .add_extension(_alternative_names(dns_sans, uri_sans), critical=False)
            .sign(key, hashes.SHA256())
        )
        return _issued(certificate, key)

    @classmethod
    def create_or_load(cls, folder: Path) -> "CertificateAuthority":
        """The CA of that folder, made there when it has none or it is about to end. The key file is 0600.

        Raises MeshrigError when what is there can't be read.
        """
        cert_file, key_file = folder / "ca.crt", folder / "ca.key"
        if cert_file.exists() and key_file.exists():
            found = cls._load(cert_file, key_file)
            if found._certificate.not_valid_after_utc > datetime.now(UTC) + DEFAULT_LIFETIME * 2:
                return found
        made = cls.create()
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        _write(key_file, _key_pem(made._key), 0o600)
        _write(cert_file, made.ca_pem, 0o644)
        return made

    @classmethod
    def _load(cls, cert_file: Path, key_file: Path) -> "CertificateAuthority":
        try:
            certificate = x509.load_pem_x509_certificate(cert_file.read_bytes())
            key = serialization.load_pem_private_key(key_file.read_bytes(), password=None)
        except (OSError, ValueError) as error:
            raise MeshrigError(f"cannot read the CA: {error}", hint=f"remove {cert_file.parent}") from error
        if not isinstance(key, ec.EllipticCurvePrivateKey):
            raise MeshrigError(f"{key_file} is not an EC key", hint=f"remove {cert_file.parent}")
        return cls(certificate, key)

    def issue(
        self,
        common_name: str,
        dns_sans: tuple[str, ...] = (),
        uri_sans: tuple[str, ...] = (),
        lifetime: timedelta = DEFAULT_LIFETIME,
        not_before: datetime | None = None,
    ) -> IssuedCertificate:
        """A certificate for both sides of TLS; ``not_before`` far in the past gives one that has expired."""
        key = ec.generate_private_key(ec.SECP256R1())
        start = not_before or datetime.now(UTC) - CLOCK_SKEW
        name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, common_name[:64])])
        builder = (
            _builder(name, self._certificate.subject, key.public_key(), start, start + lifetime)
            .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
            .add_extension(_key_usage(ca=False), critical=True)
            .add_extension(
                x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH, ExtendedKeyUsageOID.CLIENT_AUTH]),
                critical=False,
            )
            .add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(self._key.public_key()), critical=False)
        )
        if dns_sans or uri_sans:
            builder = builder.add_extension(_alternative_names(dns_sans, uri_sans), critical=False)
        certificate = builder.sign(self._key, hashes.SHA256())
        return _issued(certificate, key)


def _issued(certificate: x509.Certificate, key: ec.EllipticCurvePrivateKey) -> IssuedCertificate:
    return IssuedCertificate(
        _pem(certificate),
        _key_pem(key),
        certificate.not_valid_before_utc,
        certificate.not_valid_after_utc,
        certificate.serial_number,
    )


def _alternative_names(dns_sans: tuple[str, ...], uri_sans: tuple[str, ...]) -> x509.SubjectAlternativeName:
    return x509.SubjectAlternativeName(
        [*(x509.DNSName(n) for n in dns_sans), *(x509.UniformResourceIdentifier(u) for u in uri_sans)]
    )


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


def _write(file: Path, content: str, mode: int) -> None:
    """Appear complete, with its mode from the first moment."""
    temporary = file.with_suffix(".tmp")
    temporary.unlink(missing_ok=True)
    descriptor = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode)
    with os.fdopen(descriptor, "w") as stream:
        stream.write(content)
    temporary.replace(file)
