"""The mesh of cfn/stack.yaml: who may call whom, and that every end proves itself."""

from typing import Any

import pytest

from meshrig.names import spiffe_id
from tests.unit.reference.shop import SERVICES, default, manifests, of_type, properties, text

CALLEES = {"orders": {"users", "products"}, "ingress": {"users", "products", "orders"}}
KEY_PAIR = {"CertificateChain": "/etc/meshrig/tls/tls.crt", "PrivateKey": "/etc/meshrig/tls/tls.key"}
TRUST = {"File": {"CertificateChain": "/etc/meshrig/tls/ca.crt"}}


def spec(name: str) -> dict[str, Any]:
    found: dict[str, Any] = properties(f"{name.title()}VirtualNode")["Spec"]
    return found


def hostname(name: str) -> str:
    return str(spec(name)["ServiceDiscovery"]["DNS"]["Hostname"])


def identity(name: str) -> str:
    """The subject alternative name by which a server knows this client: its host name, or SPIFFE where it has none."""
    if "ServiceDiscovery" in spec(name):
        return hostname(name)
    return spiffe_id(default("ClusterName"), name)


def exact(validation: dict[str, Any]) -> set[str]:
    return {text(name) for name in validation["SubjectAlternativeNames"]["Match"]["Exact"]}


def test_there_are_four_virtual_nodes_in_a_mesh_that_lets_nothing_else_out() -> None:
    names = {resource["Properties"]["VirtualNodeName"] for resource in of_type("AWS::AppMesh::VirtualNode").values()}
    assert names == {*SERVICES, "ingress"}
    assert properties("DrewServiceMesh")["Spec"]["EgressFilter"] == {"Type": "DROP_ALL"}


@pytest.mark.parametrize("name", SERVICES)
def test_host_names_and_ports_are_those_of_the_services(name: str) -> None:
    (service,) = [s for s in manifests().services if s.name == f"{name}-service"]
    (listener,) = spec(name)["Listeners"]
    (port,) = service.ports
    assert hostname(name) == service.hostname
    # Callers' URLs name the Service's port, and egress virtual hosts match on the virtual node's.
    assert listener["PortMapping"] == {"Port": port.port, "Protocol": "http"}


@pytest.mark.parametrize("name", SERVICES)
def test_virtual_services_bear_the_host_name(name: str) -> None:
    found = properties(f"{name.title()}VirtualService")
    provider = found["Spec"]["Provider"]["VirtualNode"]["VirtualNodeName"]
    assert found["VirtualServiceName"] == hostname(name)
    assert provider == {"Fn::GetAtt": [f"{name.title()}VirtualNode", "VirtualNodeName"]}


@pytest.mark.parametrize("name", SERVICES)
def test_servers_demand_a_certificate_of_a_known_caller(name: str) -> None:
    (listener,) = spec(name)["Listeners"]
    tls = listener["TLS"]
    assert tls["Mode"] == "STRICT"
    assert tls["Certificate"] == {"File": KEY_PAIR}
    assert tls["Validation"]["Trust"] == TRUST
    assert exact(tls["Validation"]) == {identity(caller) for caller, called in CALLEES.items() if name in called}


@pytest.mark.parametrize("name", [*SERVICES, "ingress"])
def test_clients_enforce_tls_and_check_whom_they_reach(name: str) -> None:
    reached = set()
    for backend in spec(name).get("Backends", ()):
        service = properties(backend["VirtualService"]["VirtualServiceName"]["Fn::GetAtt"][0])
        tls = backend["VirtualService"]["ClientPolicy"]["TLS"]
        assert tls["Enforce"] is True
        assert tls["Certificate"] == {"File": KEY_PAIR}
        assert tls["Validation"]["Trust"] == TRUST
        assert exact(tls["Validation"]) == {service["VirtualServiceName"]}
        reached.add(service["VirtualServiceName"])
    assert reached == {hostname(callee) for callee in CALLEES.get(name, ())}


@pytest.mark.parametrize("name", SERVICES)
def test_no_proxy_health_checks_inflate_the_counters(name: str) -> None:
    assert "HealthCheck" not in spec(name)["Listeners"][0]


@pytest.mark.parametrize("name", [*SERVICES, "ingress"])
def test_access_logs_go_to_standard_output(name: str) -> None:
    assert spec(name)["Logging"]["AccessLog"]["File"]["Path"] == "/dev/stdout"
