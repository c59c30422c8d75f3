"""Client certificates for scenarios, from the project's own CA: the same in every runtime."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from botocore.exceptions import BotoCoreError, ClientError

from meshrig.certs.authority import CertificateAuthority, IssuedCertificate
from meshrig.errors import MeshrigError
from meshrig.names import spiffe_id
from meshrig.scenario.context import AppMesh
from meshrig.settings import places

_LONG_AGO = timedelta(days=2)


@dataclass(frozen=True)
class LocalCertificates:
    """Certificates for the virtual nodes that the App Mesh API knows, good ones and bad ones."""

    authority: CertificateAuthority
    mesh: str
    appmesh: AppMesh

    @classmethod
    def of(cls, project_file: Path, mesh: str, appmesh: AppMesh) -> "LocalCertificates":
        """From ``.meshrig/ca``, which every runtime's mesh trusts. Raises MeshrigError where it can't be used."""
        return cls(CertificateAuthority.create_or_load(places(project_file.parent).state / "ca"), mesh, appmesh)

    def issue(self, kind: str, virtual_node: str) -> IssuedCertificate:
        """``kind`` as in a scenario's handshake. Raises MeshrigError for a virtual node that the mesh hasn't."""
        hostname = self._hostname(virtual_node)
        dns, uris = ((hostname,) if hostname else ()), (spiffe_id(self.mesh, virtual_node),)
        if kind == "wrong_san":
            return self.authority.issue(virtual_node, ("intruder.example",))
        if kind == "expired":
            return self.authority.issue(
                virtual_node, dns, uris, lifetime=timedelta(hours=1), not_before=datetime.now(UTC) - _LONG_AGO
            )
        if kind == "other_ca":
            return CertificateAuthority.create("another CA").issue(virtual_node, dns, uris)
        if kind == "self_signed":
            return CertificateAuthority.self_signed(virtual_node, dns, uris)
        return self.authority.issue(virtual_node, dns, uris)

    def _hostname(self, virtual_node: str) -> str:
        try:
            answer = self.appmesh.describe_virtual_node(meshName=self.mesh, virtualNodeName=virtual_node)
        except (BotoCoreError, ClientError) as error:
            raise MeshrigError(f"the App Mesh API does not describe virtual node {virtual_node}: {error}") from error
        discovery = answer["virtualNode"]["spec"].get("serviceDiscovery") or {}
        return str((discovery.get("dns") or {}).get("hostname", ""))
