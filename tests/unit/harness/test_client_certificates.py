from pathlib import Path
from typing import Any

import pytest
from botocore.exceptions import ClientError
from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric import ec

from meshrig.errors import MeshrigError
from meshrig.harness.client_certificates import LocalCertificates


class FakeAppMesh:
    """Knows orders, which has a DNS name, and ingress, which has none."""

    def describe_virtual_node(self, **names: str) -> dict[str, Any]:
        spec: dict[str, dict[str, Any]] = {
            "orders": {"serviceDiscovery": {"dns": {"hostname": "orders.test"}}},
            "ingress": {},
        }
        if names["virtualNodeName"] not in spec:
            raise ClientError({"Error": {"Code": "NotFoundException", "Message": "none"}}, "DescribeVirtualNode")
        return {"virtualNode": {"spec": spec[names["virtualNodeName"]]}}


@pytest.fixture
def certificates(tmp_path: Path) -> LocalCertificates:
    return LocalCertificates.of(tmp_path / "meshrig.yaml", "shop", FakeAppMesh())


def issued(certificates: LocalCertificates, kind: str, virtual_node: str = "orders") -> x509.Certificate:
    return x509.load_pem_x509_certificates(certificates.issue(kind, virtual_node).cert_chain_pem.encode())[0]


def sans(certificate: x509.Certificate) -> list[str]:
    names = certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    return [str(name.value) for name in names]


def is_of_the_project(certificates: LocalCertificates, certificate: x509.Certificate) -> bool:
    key = x509.load_pem_x509_certificate(certificates.authority.ca_pem.encode()).public_key()
    assert isinstance(key, ec.EllipticCurvePublicKey)
    assert certificate.signature_hash_algorithm
    try:
        key.verify(
            certificate.signature, certificate.tbs_certificate_bytes, ec.ECDSA(certificate.signature_hash_algorithm)
        )
    except InvalidSignature:
        return False
    return True


@pytest.mark.parametrize(
    ("kind", "ours", "names"),
    [
        ("valid", True, ["orders.test", "spiffe://shop/virtualNode/orders"]),
        ("expired", True, ["orders.test", "spiffe://shop/virtualNode/orders"]),
        ("wrong_san", True, ["intruder.example"]),
        ("other_ca", False, ["orders.test", "spiffe://shop/virtualNode/orders"]),
        ("self_signed", False, ["orders.test", "spiffe://shop/virtualNode/orders"]),
    ],
)
def test_each_kind_has_its_one_fault(certificates: LocalCertificates, kind: str, ours: bool, names: list[str]) -> None:
    certificate = issued(certificates, kind)
    assert is_of_the_project(certificates, certificate) is ours
    assert sans(certificate) == names
    valid = issued(certificates, "valid")
    assert (certificate.not_valid_after_utc < valid.not_valid_before_utc) is (kind == "expired")


def test_a_virtual_node_without_a_dns_name_goes_by_its_uri(certificates: LocalCertificates) -> None:
    assert sans(issued(certificates, "valid", "ingress")) == ["spiffe://shop/virtualNode/ingress"]


def test_a_virtual_node_that_is_not_there_is_said(certificates: LocalCertificates) -> None:
    with pytest.raises(MeshrigError, match="does not describe virtual node users"):
        certificates.issue("valid", "users")


def test_the_ca_is_that_of_the_project(tmp_path: Path, certificates: LocalCertificates) -> None:
    assert (tmp_path / ".meshrig" / "ca" / "ca.crt").read_text() == certificates.authority.ca_pem
