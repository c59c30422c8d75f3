"""Golden cases: a model in, one ``ProxyConfig`` out. The YAML beside this file is what each compiles to."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path

from meshrig.compile.edge.gateway import compile_edge
from meshrig.compile.ingress.ingress_class import compile_ingress
from meshrig.compile.virtual_node import compile_virtual_node
from meshrig.model.apigateway import DeployedApi, Throttle
from meshrig.model.appmesh import (
    AccessLog,
    ConnectionPool,
    Duration,
    FileAccessLog,
    HealthCheck,
    HttpConnectionPool,
    HttpTimeout,
    JsonFormatField,
    ListenerTimeout,
    Logging,
    LoggingFormat,
    MeshModel,
    OutlierDetection,
)
from meshrig.model.plan import Endpoint, ListenerPlacement, ProxyConfig, Topology
from tests.golden import gateway as gw
from tests.golden import mesh as ms

EXPECTED = Path(__file__).parent / "expected"
PLACEMENT = ListenerPlacement({8080: (21001, 21002)}, 21003)
TOPOLOGY = Topology(
    services={(ms.hostname(name), 8080): (Endpoint("127.0.0.1", 21010 + at),) for at, name in enumerate("ab")}
    | {
        (ms.hostname("users"), 8080): (Endpoint("127.0.0.1", 21021), Endpoint("127.0.0.1", 21022)),
        (ms.hostname("products"), 8080): (Endpoint("127.0.0.1", 21031),),
        (ms.hostname("orders"), 8080): (),
    },
    node_ports={30080: (Endpoint("127.0.0.1", 21040),)},
)


def sidecar(mesh: MeshModel, name: str, placement: ListenerPlacement | None = PLACEMENT) -> ProxyConfig:
    topology = TOPOLOGY if placement else Topology()
    return compile_virtual_node(mesh, name, f"mesh/shop/virtualNode/{name}/{name}-0", placement, topology)


def _rich_listener() -> MeshModel:
    listener = replace(
        ms.http_listener(),
        connection_pool=ConnectionPool(http=HttpConnectionPool(50, 10)),
        health_check=HealthCheck(2, 5000, "http", 2000, 3, "/healthz", 8080),
        outlier_detection=OutlierDetection(Duration("s", 30), Duration("s", 10), 50, 5),
        timeout=ListenerTimeout(http=HttpTimeout(idle=Duration("s", 60), per_request=Duration("ms", 1500))),
    )
    fields = LoggingFormat(json=(JsonFormatField("status", "%RESPONSE_CODE%"),))
    node = ms.virtual_node("users", [listener], ["products"], policy=None)
    logged = replace(node.spec, logging=Logging(AccessLog(FileAccessLog("/dev/stdout", fields))))
    return ms.mesh_of([replace(node, spec=logged), ms.virtual_node("products", [listener])])


def _permissive() -> MeshModel:
    listener = replace(ms.http_listener(), tls=replace(ms.strict_tls(), mode="PERMISSIVE"))
    second = ms.http_listener(9090)
    return ms.mesh_of([ms.virtual_node("users", [listener, second])])


def _rewriting_ingress() -> ProxyConfig:
    paths = [gw.path(f"/({name}(?:/.*)?)", name, "ImplementationSpecific") for name in ("users", "products", "orders")]
    annotations = {"nginx.ingress.kubernetes.io/rewrite-target": "/$1"}
    manifests = gw.ingress(paths, annotations)
    return compile_ingress(ms.shop(), "ingress", "ingress", manifests, "nginx", Endpoint("127.0.0.1", 21050), TOPOLOGY)


def _plain_ingress() -> ProxyConfig:
    paths = [gw.path("/users", "users"), gw.path("/users/me", "orders", "Exact"), gw.path("/", "products")]
    manifests = gw.ingress(paths, host="shop.example.com")
    return compile_ingress(ms.shop(), "ingress", "ingress", manifests, "nginx", Endpoint("127.0.0.1", 21050), TOPOLOGY)


def _edge(*apis: DeployedApi) -> ProxyConfig:
    places = {(gw.BALANCER_ARN, 80): Endpoint("127.0.0.1", 21061)}
    return compile_edge(gw.gateway(*apis), Endpoint("127.0.0.1", 21060), places, TOPOLOGY)


def _shop_api(stage: str = "prod", api_id: str = "api1") -> DeployedApi:
    parameters = {"integration.request.path.id": "method.request.path.id"}
    proxied = {"integration.request.path.rest": "method.request.path.rest"}
    return gw.deployed(
        [
            gw.method("POST", "/orders"),
            gw.method("GET", "/orders/{id}", gw.vpc_integration("/orders/{id}", parameters)),
            gw.method("ANY", "/files/{rest+}", gw.vpc_integration("/{rest}", proxied)),
            replace(gw.method("GET", "/private"), authorization_type="CUSTOM", authorizer_id="a"),
        ],
        {("/orders", "POST"): Throttle(100, 20), ("*", "*"): Throttle(2.5, 5)},
        api_id,
        stage,
    )


CASES: Mapping[str, Callable[[], ProxyConfig]] = {
    "sidecar_server": lambda: sidecar(ms.shop(), "users"),
    "sidecar_client_and_server": lambda: sidecar(ms.shop(), "orders"),
    "sidecar_redirected": lambda: sidecar(ms.shop(), "orders", None),
    "sidecar_allow_all": lambda: sidecar(
        ms.mesh_of([ms.virtual_node("users", [ms.http_listener()])], allow_all=True), "users"
    ),
    "sidecar_redirected_allow_all": lambda: sidecar(
        ms.mesh_of([ms.virtual_node("users", [ms.http_listener()], ["users"], None)], allow_all=True), "users", None
    ),
    "sidecar_listener_options": lambda: sidecar(_rich_listener(), "users"),
    "sidecar_permissive_two_ports": lambda: sidecar(
        _permissive(), "users", ListenerPlacement({8080: (21001, 21002), 9090: (21004, 21005)}, 21003)
    ),
    "ingress_rewrite": _rewriting_ingress,
    "ingress_prefix_and_exact": _plain_ingress,
    "edge_one_stage": lambda: _edge(_shop_api()),
    "edge_two_stages": lambda: _edge(_shop_api("prod"), _shop_api("test")),
    "edge_two_apis": lambda: _edge(_shop_api(), _shop_api(api_id="api2")),
    "edge_nothing_deployed": lambda: _edge(),
}
