"""Short spellings of the models that golden cases, unit and integration tests share."""

from collections.abc import Iterable

from meshrig.model.appmesh import (
    Backend,
    ClientPolicy,
    ClientPolicyTls,
    DnsServiceDiscovery,
    EgressFilter,
    FileCertificate,
    FileTrust,
    Listener,
    ListenerTls,
    Mesh,
    MeshModel,
    MeshSpec,
    PortMapping,
    ServiceDiscovery,
    SubjectAlternativeNameMatchers,
    SubjectAlternativeNames,
    TlsCertificate,
    TlsTrust,
    TlsValidation,
    VirtualNode,
    VirtualNodeProvider,
    VirtualNodeSpec,
    VirtualService,
    VirtualServiceBackend,
    VirtualServiceProvider,
    VirtualServiceSpec,
)

CERTIFICATE = TlsCertificate(file=FileCertificate("/etc/tls/tls.crt", "/etc/tls/tls.key"))
TRUST = TlsTrust(file=FileTrust("/etc/tls/ca.crt"))
CLIENT_POLICY = ClientPolicy(ClientPolicyTls(TlsValidation(TRUST), certificate=CERTIFICATE))


def hostname(name: str) -> str:
    return f"{name}-service.shop.svc.cluster.local"


def strict_tls(accepted: Iterable[str] = ()) -> ListenerTls:
    """STRICT with client validation, accepting those names (any without)."""
    names = tuple(accepted)
    matchers = SubjectAlternativeNames(SubjectAlternativeNameMatchers(names)) if names else None
    return ListenerTls("STRICT", CERTIFICATE, TlsValidation(TRUST, matchers))


def http_listener(port: int = 8080, tls: ListenerTls | None = None) -> Listener:
    return Listener(PortMapping(port, "http"), tls=tls)


def virtual_node(
    name: str,
    listeners: Iterable[Listener] = (),
    backends: Iterable[str] = (),
    policy: ClientPolicy | None = CLIENT_POLICY,
) -> VirtualNode:
    """``backends`` are names of virtual nodes, each called under its hostname."""
    return VirtualNode(
        name,
        VirtualNodeSpec(
            backends=tuple(Backend(VirtualServiceBackend(hostname(each), policy)) for each in backends),
            listeners=tuple(listeners),
            service_discovery=ServiceDiscovery(dns=DnsServiceDiscovery(hostname(name))),
        ),
    )


def mesh_of(nodes: Iterable[VirtualNode], allow_all: bool = False) -> MeshModel:
    """A mesh ``shop`` in which each node provides the virtual service of its hostname."""
    listed = {node.name: node for node in nodes}
    services = {
        hostname(name): VirtualService(
            hostname(name), VirtualServiceSpec(VirtualServiceProvider(VirtualNodeProvider(name)))
        )
        for name in listed
    }
    egress = EgressFilter("ALLOW_ALL" if allow_all else "DROP_ALL")
    return MeshModel(Mesh("shop", MeshSpec(egress)), listed, services)


def shop() -> MeshModel:
    """The reference system: orders calls users and products, the ingress calls all three."""
    return mesh_of(
        [
            virtual_node("users", [http_listener(tls=strict_tls([hostname("orders")]))]),
            virtual_node("products", [http_listener(tls=strict_tls([hostname("orders")]))]),
            virtual_node(
                "orders",
                [http_listener(tls=strict_tls(["spiffe://shop/virtualNode/ingress"]))],
                ["users", "products"],
            ),
            virtual_node("ingress", [], ["orders", "products", "users"]),
        ]
    )
