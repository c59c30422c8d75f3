"""The mesh's CA: make one where nobody did, and let the API server trust the webhook's certificate."""

import base64

from meshrig.certs.authority import CertificateAuthority
from meshrig.errors import MeshrigError
from meshrig.harness.control_plane.cluster_watch import CA_SECRET
from meshrig.kube.client import KubeClient
from meshrig.kube.errors import KubeError
from meshrig.kube.kinds import MUTATING_WEBHOOK
from meshrig.names import CONTROL_PLANE, SYSTEM_NAMESPACE

CERTIFICATE_KEY, PRIVATE_KEY = "ca.crt", "ca.key"
_WHERE = f"Secret {SYSTEM_NAMESPACE}/{CA_SECRET}"


def ca_secret(certificate_pem: str, key_pem: str) -> dict[str, object]:
    """The Secret that holds a CA."""
    values = {CERTIFICATE_KEY: certificate_pem, PRIVATE_KEY: key_pem}
    return {
        "apiVersion": "v1",
        "kind": "Secret",
        "metadata": {"name": CA_SECRET, "namespace": SYSTEM_NAMESPACE},
        "type": "Opaque",
        "data": {key: base64.b64encode(value.encode()).decode() for key, value in values.items()},
    }


def read_ca(data: dict[str, str]) -> CertificateAuthority:
    """The CA in a Secret's data. Raises MeshrigError when it can't be used."""
    missing = [key for key in (CERTIFICATE_KEY, PRIVATE_KEY) if key not in data]
    remedy = "delete it, and the control plane makes a new one"
    if missing:
        raise MeshrigError(f"{_WHERE} has no {' and no '.join(missing)}", hint=remedy)
    try:
        certificate, key = (
            base64.b64decode(data[name], validate=True).decode() for name in (CERTIFICATE_KEY, PRIVATE_KEY)
        )
    except ValueError as error:
        raise MeshrigError(f"{_WHERE} is not text in base64", hint=remedy) from error
    return CertificateAuthority.from_pem(certificate, key, _WHERE, remedy)


async def create_ca(client: KubeClient) -> None:
    """Make the Secret with a new CA; somebody else's that came first stays."""
    made = CertificateAuthority.create("meshrig mesh CA")
    try:
        await client.create(ca_secret(made.ca_pem, made.key_pem))
    except KubeError as error:
        if not error.is_conflict:
            raise


async def keep_ca_bundle(client: KubeClient, ca_pem: str) -> bool:
    """Make the webhook's configuration trust this CA; whether anything was to do."""
    bundle = base64.b64encode(ca_pem.encode()).decode()
    found = await client.get(MUTATING_WEBHOOK, CONTROL_PLANE)
    webhooks = found.get("webhooks") or []
    if all(webhook["clientConfig"].get("caBundle") == bundle for webhook in webhooks):
        return False
    for webhook in webhooks:
        webhook["clientConfig"]["caBundle"] = bundle
    await client.replace(found)
    return True
