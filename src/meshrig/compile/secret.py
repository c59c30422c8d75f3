"""The secrets one virtual node's Envoy needs: every certificate file of the mesh becomes an SDS secret of that name,
so that certificates rotate without a restart (files are never reloaded: specification, 10)."""

from dataclasses import dataclass

from envoy.extensions.transport_sockets.tls.v3 import secret_pb2

from meshrig.compile.wire import from_ads
from meshrig.model.appmesh import FileCertificate, FileTrust
from meshrig.model.plan import CertificateRequest


@dataclass(frozen=True)
class NodeIdentity:
    """Who a proxy is: the virtual node whose names its certificates carry."""

    mesh: str
    virtual_node: str
    hostname: str | None = None
    trust_domain: str = ""

    @property
    def resource(self) -> str:
        return f"mesh/{self.mesh}/virtualNode/{self.virtual_node}"

    def certificate(self, file: FileCertificate) -> CertificateRequest:
        return CertificateRequest(
            secret_name=file.certificate_chain,
            identity=self.resource,
            dns_sans=(self.hostname,) if self.hostname else (),
            uri_sans=(f"spiffe://{self.trust_domain or self.mesh}/virtualNode/{self.virtual_node}",),
        )

    def trust(self, file: FileTrust) -> CertificateRequest:
        return CertificateRequest(secret_name=file.certificate_chain, identity=self.resource, trust=True)


def reference_secret(request: CertificateRequest) -> secret_pb2.SdsSecretConfig:
    return secret_pb2.SdsSecretConfig(name=request.secret_name, sds_config=from_ads())
