"""Write certificates and keys so that a reader sees all of a file or none of it."""

import os
import tempfile
from pathlib import Path

from meshrig.certs.rotation import IssuedCertificate


def write_private(file: Path, content: str) -> None:
    """Appears complete, and 0600 from the first moment."""
    _write(file, content, 0o600)


def write_public(file: Path, content: str) -> None:
    """Appears complete, 0644."""
    _write(file, content, 0o644)


def write_certificate(certificate: IssuedCertificate, cert_file: Path, key_file: Path) -> None:
    """The chain and its key, each atomically; a reader that needs them to match must take the chain last."""
    write_private(key_file, certificate.private_key_pem)
    write_public(cert_file, certificate.cert_chain_pem)


def _write(file: Path, content: str, mode: int) -> None:
    descriptor, temporary = tempfile.mkstemp(dir=file.parent, prefix=f".{file.name}.")
    try:
        with os.fdopen(descriptor, "w") as stream:
            os.fchmod(stream.fileno(), mode)
            stream.write(content)
        os.replace(temporary, file)
    except BaseException:
        os.unlink(temporary)
        raise
