"""How the API server is found."""

import ssl
from pathlib import Path

import pytest
import yaml

from meshrig.certs.authority import CertificateAuthority
from meshrig.errors import MeshrigError
from meshrig.kube.connection import connect_by_kubeconfig, connect_in_cluster

IN_CLUSTER = {"KUBERNETES_SERVICE_HOST": "10.0.0.1", "KUBERNETES_SERVICE_PORT": "6443"}


@pytest.fixture
def service_account(tmp_path: Path) -> Path:
    (tmp_path / "ca.crt").write_text(CertificateAuthority.create().ca_pem)
    (tmp_path / "token").write_text("first\n")
    return tmp_path


def test_a_pod_speaks_as_its_service_account_with_the_newest_token(service_account: Path) -> None:
    connection = connect_in_cluster(IN_CLUSTER, service_account)
    assert connection.server == "https://10.0.0.1:6443"
    assert connection.headers() == {"Authorization": "Bearer first"}
    (service_account / "token").write_text("second")
    assert connection.headers() == {"Authorization": "Bearer second"}
    assert connection.tls is not None
    assert connection.tls.verify_mode == ssl.CERT_REQUIRED


def test_outside_of_a_pod_it_says_so(tmp_path: Path) -> None:
    with pytest.raises(MeshrigError, match="no pod"):
        connect_in_cluster({}, tmp_path)


def test_a_kubeconfig_gives_the_chosen_context(tmp_path: Path) -> None:
    file = tmp_path / "config"
    content = {
        "current-context": "b",
        "contexts": [{"name": n, "context": {"cluster": n, "user": "u"}} for n in ("a", "b")],
        "clusters": [{"name": n, "cluster": {"server": f"https://{n}"}} for n in ("a", "b")],
        "users": [{"name": "u", "user": {"token": "t"}}],
    }
    file.write_text(yaml.safe_dump(content))
    assert connect_by_kubeconfig(file).server == "https://b"
    assert connect_by_kubeconfig(file, "a").server == "https://a"
    assert connect_by_kubeconfig(file).headers() == {"Authorization": "Bearer t"}
    with pytest.raises(MeshrigError, match="'c' among its contexts"):
        connect_by_kubeconfig(file, "c")
