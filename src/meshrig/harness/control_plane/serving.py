"""The control plane's own certificate, for xDS and the webhook; renewed while both go on serving."""

import ssl
import tempfile
from datetime import UTC, datetime
from pathlib import Path

import grpc

from meshrig.certs.authority import CertificateAuthority
from meshrig.certs.files import write_certificate
from meshrig.certs.rotation import IssuedCertificate, rotation_due
from meshrig.names import CONTROL_PLANE, CONTROL_PLANE_HOST, SYSTEM_NAMESPACE

SERVING_NAMES = (
    CONTROL_PLANE_HOST,
    f"{CONTROL_PLANE_HOST}.cluster.local",
    f"{CONTROL_PLANE}.{SYSTEM_NAMESPACE}",
    CONTROL_PLANE,
)


class ServingCertificate:
    """Until the CA is known a certificate that nobody trusts stands in, so that probes are answered from the start."""

    def __init__(self) -> None:
        self._issued = CertificateAuthority.self_signed(CONTROL_PLANE_HOST, SERVING_NAMES, ())
        self._ca_pem = ""
        self.context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        self.context.minimum_version = ssl.TLSVersion.TLSv1_2
        self._load()

    @property
    def ca_pem(self) -> str:
        """The CA that vouches for it; empty before there is one."""
        return self._ca_pem

    def renew(self, authority: CertificateAuthority, now: datetime | None = None) -> bool:
        """Issue it anew if the CA is another one or its time has come; whether it was."""
        if authority.ca_pem == self._ca_pem and not rotation_due(self._issued, now or datetime.now(UTC)):
            return False
        self._issued = authority.issue(CONTROL_PLANE_HOST, SERVING_NAMES)
        self._ca_pem = authority.ca_pem
        self._load()
        return True

    def grpc_credentials(self) -> grpc.ServerCredentials:
        """For a gRPC server, which asks for the present certificate at each handshake."""
        served = self._issued

        def fetch() -> grpc.ServerCertificateConfiguration | None:
            nonlocal served
            if served is self._issued:
                return None
            served = self._issued
            return _configuration(served)

        return grpc.dynamic_ssl_server_credentials(_configuration(served), fetch)

    def _load(self) -> None:
        """New handshakes use what the context loaded last; ``ssl`` loads from files only."""
        with tempfile.TemporaryDirectory(prefix="meshrig-serving-") as folder:
            chain, key = Path(folder, "tls.crt"), Path(folder, "tls.key")
            write_certificate(self._issued, chain, key)
            self.context.load_cert_chain(chain, key)


def _configuration(issued: IssuedCertificate) -> grpc.ServerCertificateConfiguration:
    pair = (issued.private_key_pem.encode(), issued.cert_chain_pem.encode())
    return grpc.ssl_server_certificate_configuration([pair])
