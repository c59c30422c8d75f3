"""Calls over mTLS between real sidecars, and from the ingress."""

import http.client
import json
import ssl
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass

import pytest

from meshrig.certs.authority import CertificateAuthority
from meshrig.compile.ingress.ingress_class import compile_ingress
from meshrig.compile.static import SecretPem
from meshrig.compile.virtual_node import compile_virtual_node
from meshrig.model.plan import Endpoint, ListenerPlacement, ProxyConfig, Topology
from tests.golden import gateway as gw
from tests.golden import mesh as ms
from tests.integration.compile.running_envoy import echo_backend, free_port, running_envoy

pytestmark = pytest.mark.integration


@dataclass(frozen=True)
class Shop:
    """Ports: the server's mTLS port, the egress proxy of a listed client and of one not listed, the ingress."""

    users: int
    orders_egress: int
    products_egress: int
    ingress: int


def _secrets(authority: CertificateAuthority, config: ProxyConfig) -> dict[str, SecretPem]:
    found = {}
    for request in config.secrets:
        if request.trust:
            found[request.secret_name] = SecretPem(trusted_ca=authority.ca_pem)
        else:
            issued = authority.issue(request.identity, request.dns_sans, request.uri_sans)
            found[request.secret_name] = SecretPem(issued.cert_chain_pem, issued.private_key_pem)
    return found


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Shop]:
    folder = tmp_path_factory.mktemp("mesh")
    authority = CertificateAuthority.create()
    strict = ms.strict_tls([ms.hostname("orders"), "spiffe://shop/virtualNode/ingress"])
    mesh = ms.mesh_of(
        [
            ms.virtual_node("users", [ms.http_listener(tls=strict)]),
            ms.virtual_node("orders", [], ["users"]),
            ms.virtual_node("products", [], ["users"]),
            ms.virtual_node("ingress", [], ["users"]),
        ]
    )
    found = Shop(free_port(), free_port(), free_port(), free_port())
    topology = Topology({(ms.hostname("users"), 8080): (Endpoint("127.0.0.1", found.users),)})
    paths = [gw.path("/(users(?:/.*)?)", "users", "ImplementationSpecific")]
    manifests = gw.ingress(paths, {"nginx.ingress.kubernetes.io/rewrite-target": "/$1"})
    with ExitStack() as stack:
        application = stack.enter_context(echo_backend())
        server = ListenerPlacement({8080: (found.users, application)}, free_port())
        configs = [
            compile_virtual_node(mesh, "users", "users", server, topology),
            compile_virtual_node(mesh, "orders", "orders", ListenerPlacement({}, found.orders_egress), topology),
            compile_virtual_node(mesh, "products", "products", ListenerPlacement({}, found.products_egress), topology),
            compile_ingress(
                mesh, "ingress", "ingress", manifests, "nginx", Endpoint("127.0.0.1", found.ingress), topology
            ),
        ]
        for config in configs:
            stack.enter_context(running_envoy(config, folder, _secrets(authority, config)))
        yield found


def _get(port: int, url: str) -> tuple[int, str]:
    return _exchange(http.client.HTTPConnection("127.0.0.1", port, timeout=10), url)


def _exchange(connection: http.client.HTTPConnection, url: str) -> tuple[int, str]:
    try:
        connection.request("GET", url)
        answer = connection.getresponse()
        return answer.status, answer.read().decode()
    finally:
        connection.close()


def test_a_backend_answers_through_the_http_proxy(shop: Shop) -> None:
    status, body = _get(shop.orders_egress, f"http://{ms.hostname('users')}:8080/users/7?a=b")
    assert status == 200
    assert json.loads(body)["path"] == "/users/7?a=b"


def test_a_host_that_is_no_backend_is_unknown(shop: Shop) -> None:
    assert _get(shop.orders_egress, "http://elsewhere:8080/")[0] == 404


def test_a_client_that_the_server_does_not_list_is_refused(shop: Shop) -> None:
    assert _get(shop.products_egress, f"http://{ms.hostname('users')}:8080/users")[0] == 503


def test_the_ingress_is_a_client_in_the_mesh(shop: Shop) -> None:
    status, body = _get(shop.ingress, "/users/7?a=b")
    assert status == 200
    assert json.loads(body)["path"] == "/users/7?a=b"
    assert json.loads(body)["headers"]["host"] == ms.hostname("users")
    assert _get(shop.ingress, "/other")[0] == 404


def test_plaintext_is_refused(shop: Shop) -> None:
    with pytest.raises((http.client.HTTPException, ConnectionError)):
        _get(shop.users, "/users")


def test_a_client_without_a_certificate_is_refused(shop: Shop) -> None:
    context = ssl.create_default_context()
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    with pytest.raises((ssl.SSLError, ConnectionError, http.client.HTTPException)):
        _exchange(http.client.HTTPSConnection("127.0.0.1", shop.users, timeout=10, context=context), "/users")
