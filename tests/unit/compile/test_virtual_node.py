"""Names, client policies and refusals of the sidecar's compiler."""

from dataclasses import replace

import pytest
from envoy.extensions.transport_sockets.tls.v3 import tls_pb2

from meshrig.compile.virtual_node import compile_virtual_node
from meshrig.errors import InvalidInputError, Origin
from meshrig.model.appmesh import (
    AcmCertificate,
    Backend,
    ClientPolicy,
    ClientPolicyTls,
    CloudMapServiceDiscovery,
    Listener,
    ListenerTls,
    MeshModel,
    PortMapping,
    ServiceDiscovery,
    TlsCertificate,
    TlsValidation,
    VirtualRouterProvider,
    VirtualService,
    VirtualServiceBackend,
    VirtualServiceProvider,
    VirtualServiceSpec,
)
from meshrig.model.plan import ListenerPlacement, ProxyConfig, Topology
from tests.golden import mesh as ms

_PLACEMENT = ListenerPlacement({8080: (1, 2)}, 3)
_STRICT = ms.strict_tls()
_CLUSTER = "cds_egress_shop_server_http_8080"


def _compile(mesh: MeshModel, name: str = "client") -> ProxyConfig:
    return compile_virtual_node(mesh, name, "node", _PLACEMENT, Topology())


def _pair(policy: ClientPolicy | None, listener: Listener) -> MeshModel:
    return ms.mesh_of([ms.virtual_node("client", [], ["server"], policy), ms.virtual_node("server", [listener])])


def _policy(enforce: bool = True, ports: tuple[int, ...] = ()) -> ClientPolicy:
    return ClientPolicy(ClientPolicyTls(TlsValidation(ms.TRUST), enforce, ports, ms.CERTIFICATE))


def _upstream_tls(config: ProxyConfig) -> tls_pb2.UpstreamTlsContext | None:
    socket = config.clusters[_CLUSTER].transport_socket  # type: ignore[attr-defined]
    if not socket.name:
        return None
    context = tls_pb2.UpstreamTlsContext()
    assert socket.typed_config.Unpack(context)
    return context


@pytest.mark.parametrize(
    ("policy", "tls", "encrypted", "verified"),
    [
        (_policy(), _STRICT, True, True),
        (_policy(), None, True, True),
        (_policy(enforce=False), _STRICT, True, True),
        (_policy(enforce=False), None, False, False),
        (_policy(enforce=False), replace(_STRICT, mode="DISABLED"), False, False),
        (None, _STRICT, True, False),
        (_policy(ports=(9999,)), _STRICT, True, False),
        (_policy(ports=(9999,)), None, False, False),
        (None, None, False, False),
    ],
)
def test_client_policy_table(
    policy: ClientPolicy | None, tls: ListenerTls | None, encrypted: bool, verified: bool
) -> None:
    config = _compile(_pair(policy, ms.http_listener(tls=tls)))
    context = _upstream_tls(config)
    assert (context is not None) == encrypted
    assert bool(context and context.common_tls_context.HasField("combined_validation_context")) == verified
    assert bool(config.warnings) == (encrypted and not verified)


def test_server_name_and_expected_names_default_to_the_hostname() -> None:
    context = _upstream_tls(_compile(_pair(_policy(), ms.http_listener(tls=_STRICT))))
    assert context is not None
    assert context.sni == ms.hostname("server")
    combined = context.common_tls_context.combined_validation_context
    matchers = combined.default_validation_context.match_typed_subject_alt_names
    assert {matcher.matcher.exact for matcher in matchers} == {ms.hostname("server")}


def test_secrets_carry_the_node_s_own_identity() -> None:
    secrets = _compile(ms.shop(), "orders").secrets
    assert [(secret.secret_name, secret.trust) for secret in secrets] == [
        ("/etc/tls/ca.crt", True),
        ("/etc/tls/tls.crt", False),
    ]
    assert secrets[1].dns_sans == (ms.hostname("orders"),)
    assert secrets[1].uri_sans == ("spiffe://shop/virtualNode/orders",)


def test_names_are_app_mesh_s() -> None:
    config = _compile(ms.shop(), "orders")
    assert set(config.listeners) == {"lds_ingress_0.0.0.0_15000", "lds_egress_0.0.0.0_15001"}
    assert set(config.routes) == {"rds_ingress_http_8080", "rds_egress_http_8080"}
    assert set(config.clusters) == {
        "cds_egress_shop_products_http_8080",
        "cds_egress_shop_users_http_8080",
        "cds_ingress_shop_orders_http_8080",
    }


_ACM = TlsCertificate(acm=AcmCertificate("arn"))


@pytest.mark.parametrize(
    ("listener", "subject"),
    [
        (Listener(PortMapping(8080, "grpc")), "Spec.Listeners[0].PortMapping.Protocol"),
        (Listener(PortMapping(8080, "http"), tls=replace(_STRICT, certificate=_ACM)), "TLS.Certificate.ACM"),
    ],
)
def test_unsupported_listener_names_the_property(listener: Listener, subject: str) -> None:
    with pytest.raises(InvalidInputError) as caught:
        _compile(ms.mesh_of([ms.virtual_node("client", [listener])]))
    assert subject in caught.value.problems[0].origin.subject


def test_all_problems_come_at_once_with_their_places() -> None:
    node = ms.virtual_node("client", [Listener(PortMapping(8080, "tcp"))])
    spec = replace(node.spec, service_discovery=ServiceDiscovery(aws_cloud_map=CloudMapServiceDiscovery("n", "s")))
    located = replace(node, spec=spec, origin=Origin("stack.yaml", 7, "Node"))
    with pytest.raises(InvalidInputError) as caught:
        _compile(ms.mesh_of([located]))
    assert [problem.origin.subject for problem in caught.value.problems] == [
        "Node.Spec.ServiceDiscovery.AWSCloudMap",
        "Node.Spec.Listeners[0].PortMapping.Protocol",
    ]
    assert str(caught.value).startswith("stack.yaml:7: ")


def test_virtual_router_is_refused() -> None:
    mesh = ms.mesh_of([ms.virtual_node("client", [], ["server"]), ms.virtual_node("server", [ms.http_listener()])])
    name = ms.hostname("server")
    routed = VirtualServiceSpec(VirtualServiceProvider(virtual_router=VirtualRouterProvider("r")))
    services = {**mesh.virtual_services, name: VirtualService(name, routed)}
    with pytest.raises(InvalidInputError, match="virtual routers are not supported"):
        _compile(replace(mesh, virtual_services=services))


def test_two_policies_for_one_virtual_node_are_refused() -> None:
    mesh = _pair(_policy(), ms.http_listener(tls=_STRICT))
    alias = VirtualService("alias", mesh.virtual_services[ms.hostname("server")].spec)
    client = mesh.virtual_nodes["client"]
    second = Backend(VirtualServiceBackend("alias", _policy(ports=(1,))))
    spec = replace(client.spec, backends=(*client.spec.backends, second))
    changed = replace(
        mesh,
        virtual_nodes={**mesh.virtual_nodes, "client": replace(client, spec=spec)},
        virtual_services={**mesh.virtual_services, "alias": alias},
    )
    with pytest.raises(InvalidInputError, match="different client policies"):
        _compile(changed)
