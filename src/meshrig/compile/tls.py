"""Transport sockets of listeners and egress clusters (specification, 10)."""

from collections.abc import Iterable
from dataclasses import dataclass

from envoy.config.core.v3 import base_pb2
from envoy.extensions.transport_sockets.tls.v3 import common_pb2, tls_pb2

from meshrig.compile.secret import NodeIdentity, reference_secret
from meshrig.compile.wire import pack
from meshrig.model.appmesh import ClientPolicyTls, FileCertificate, ListenerTls, TlsValidation
from meshrig.model.plan import CertificateRequest

_ALPN = ("http/1.1",)


@dataclass(frozen=True)
class Secured:
    """A transport socket, and the secrets it refers to."""

    socket: base_pb2.TransportSocket
    secrets: tuple[CertificateRequest, ...]


@dataclass(frozen=True)
class _Credentials:
    certificate: FileCertificate | None
    validation: TlsValidation | None
    names: tuple[str, ...]


def build_listener_tls(tls: ListenerTls, identity: NodeIdentity) -> Secured:
    """A server that, where ``validation`` is set, refuses clients without an acceptable certificate."""
    matchers = tls.validation.subject_alternative_names if tls.validation else None
    names = matchers.match.exact if matchers else ()
    common, secrets = _common_context(_Credentials(tls.certificate.file, tls.validation, names), identity)
    context = tls_pb2.DownstreamTlsContext(common_tls_context=common)
    if tls.validation:
        context.require_client_certificate.value = True
    return Secured(base_pb2.TransportSocket(name="envoy.transport_sockets.tls", typed_config=pack(context)), secrets)


def build_client_tls(policy: ClientPolicyTls | None, hostname: str | None, identity: NodeIdentity) -> Secured:
    """A client with that policy; without one, encryption that checks no server (what App Mesh did)."""
    file = policy.certificate.file if policy and policy.certificate else None
    credentials = _Credentials(file, policy.validation if policy else None, _expected_names(policy, hostname))
    common, secrets = _common_context(credentials, identity)
    context = tls_pb2.UpstreamTlsContext(common_tls_context=common, sni=hostname or "")
    return Secured(base_pb2.TransportSocket(name="envoy.transport_sockets.tls", typed_config=pack(context)), secrets)


def _expected_names(policy: ClientPolicyTls | None, hostname: str | None) -> tuple[str, ...]:
    """The policy's names, else the server's service discovery name."""
    if policy is None:
        return ()
    given = policy.validation.subject_alternative_names
    if given and given.match.exact:
        return given.match.exact
    return (hostname,) if hostname else ()


def _common_context(
    credentials: _Credentials, identity: NodeIdentity
) -> tuple[tls_pb2.CommonTlsContext, tuple[CertificateRequest, ...]]:
    context = tls_pb2.CommonTlsContext(alpn_protocols=_ALPN)
    secrets: list[CertificateRequest] = []
    if credentials.certificate:
        certificate = identity.certificate(credentials.certificate)
        context.tls_certificate_sds_secret_configs.append(reference_secret(certificate))
        secrets.append(certificate)
    if credentials.validation and credentials.validation.trust.file:
        trust = identity.trust(credentials.validation.trust.file)
        secrets.append(trust)
        if credentials.names:
            combined = context.combined_validation_context
            combined.default_validation_context.match_typed_subject_alt_names.extend(_matchers(credentials.names))
            combined.validation_context_sds_secret_config.CopyFrom(reference_secret(trust))
        else:
            context.validation_context_sds_secret_config.CopyFrom(reference_secret(trust))
    return context, tuple(secrets)


def _matchers(names: Iterable[str]) -> list[common_pb2.SubjectAltNameMatcher]:
    """Each name as DNS and as URI, since a policy's list doesn't say which it means."""
    return [
        common_pb2.SubjectAltNameMatcher(san_type=san_type, matcher={"exact": name})
        for name in names
        for san_type in ("DNS", "URI")
    ]
