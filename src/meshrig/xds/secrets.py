"""SDS secrets from PEM texts."""

from envoy.config.core.v3.base_pb2 import DataSource
from envoy.extensions.transport_sockets.tls.v3.common_pb2 import CertificateValidationContext, TlsCertificate
from envoy.extensions.transport_sockets.tls.v3.secret_pb2 import Secret


def build_tls_secret(name: str, chain_pem: str, key_pem: str) -> Secret:
    """A certificate chain, leaf first, with its private key."""
    certificate = TlsCertificate(
        certificate_chain=DataSource(inline_string=chain_pem), private_key=DataSource(inline_string=key_pem)
    )
    return Secret(name=name, tls_certificate=certificate)


def build_trust_secret(name: str, ca_pem: str) -> Secret:
    """The authorities to trust."""
    context = CertificateValidationContext(trusted_ca=DataSource(inline_string=ca_pem))
    return Secret(name=name, validation_context=context)
