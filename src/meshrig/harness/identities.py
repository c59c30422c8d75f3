"""The certificates of the proxies: one for each identity, issued anew before it ends."""

from datetime import UTC, datetime

from google.protobuf.message import Message

from meshrig.certs.authority import CertificateAuthority, IssuedCertificate, rotation_due
from meshrig.model.plan import CertificateRequest, ProxyConfig
from meshrig.xds.secrets import build_tls_secret, build_trust_secret
from meshrig.xds.snapshot import Snapshot


class Identities:
    """The certificates of this run by identity, each issued once and again when its rotation is due."""

    def __init__(self, authority: CertificateAuthority) -> None:
        self.authority = authority
        self._issued: dict[tuple[str, tuple[str, ...], tuple[str, ...]], IssuedCertificate] = {}

    def snapshot(self, config: ProxyConfig) -> Snapshot:
        """A proxy's resources together with the secrets it asks for."""
        secrets = {request.secret_name: self._secret(request) for request in config.secrets}
        return Snapshot(
            listeners=config.listeners,
            clusters=config.clusters,
            endpoints=config.endpoints,
            routes=config.routes,
            secrets=secrets,
            scopes=config.scopes,
        )

    def drop_due(self) -> bool:
        """Forget the certificates whose rotation is due, so that the next snapshot carries new ones."""
        now = datetime.now(UTC)
        due = [key for key, issued in self._issued.items() if rotation_due(issued, now)]
        for key in due:
            del self._issued[key]
        return bool(due)

    def _secret(self, request: CertificateRequest) -> Message:
        secret: Message
        if request.trust:
            secret = build_trust_secret(request.secret_name, self.authority.ca_pem)
        else:
            issued = self._certificate(request)
            secret = build_tls_secret(request.secret_name, issued.cert_chain_pem, issued.private_key_pem)
        return secret

    def _certificate(self, request: CertificateRequest) -> IssuedCertificate:
        key = (request.identity, request.dns_sans, request.uri_sans)
        if key not in self._issued:
            self._issued[key] = self.authority.issue(request.identity, request.dns_sans, request.uri_sans)
        return self._issued[key]
