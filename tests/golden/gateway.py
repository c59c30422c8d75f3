"""Short spellings of API Gateway and Ingress models."""

from collections.abc import Iterable, Mapping

from meshrig.model.apigateway import (
    DeployedApi,
    GatewayModel,
    Integration,
    LoadBalancer,
    Method,
    MethodSettings,
    NlbListener,
    Stage,
    TargetGroup,
    Throttle,
    VpcLink,
)
from meshrig.model.kubernetes import Ingress, IngressPath, IngressRule, ManifestSet, Service, ServicePort

BALANCER_ARN = "arn:aws:elasticloadbalancing:us-east-1:000000000000:loadbalancer/net/shop/1"
GROUP_ARN = "arn:aws:elasticloadbalancing:us-east-1:000000000000:targetgroup/shop/1"


def vpc_integration(path: str, parameters: Mapping[str, str] | None = None, timeout_ms: int = 10_000) -> Integration:
    return Integration(
        type="HTTP_PROXY",
        uri=f"http://shop.elb.localhost{path}",
        connection_type="VPC_LINK",
        connection_id="link1",
        timeout_ms=timeout_ms,
        request_parameters=parameters or {},
    )


def method(verb: str, path: str, integration: Integration | None = None) -> Method:
    return Method(verb, path, path, integration or vpc_integration(path))


def deployed(
    methods: Iterable[Method],
    throttles: Mapping[tuple[str, str], Throttle] | None = None,
    api_id: str = "api1",
    stage: str = "prod",
) -> DeployedApi:
    settings = {key: MethodSettings(throttle) for key, throttle in (throttles or {}).items()}
    return DeployedApi(api_id, "shop", Stage(stage, "deployment1", method_settings=settings), tuple(methods))


def gateway(*apis: DeployedApi) -> GatewayModel:
    """The APIs, a VPC link ``link1`` and its load balancer with one listener on port 80."""
    balancer = LoadBalancer(BALANCER_ARN, "shop", "shop.elb.localhost", (NlbListener(80, "TCP", GROUP_ARN),))
    return GatewayModel(
        apis,
        {"link1": VpcLink("link1", "shop", BALANCER_ARN)},
        {BALANCER_ARN: balancer},
        {GROUP_ARN: TargetGroup(GROUP_ARN, "shop", "TCP", 30080, "instance")},
    )


def service(name: str) -> Service:
    return Service("shop", f"{name}-service", "ClusterIP", {"app": name}, (ServicePort(8080, "http", "http"),))


def ingress(paths: Iterable[IngressPath], annotations: Mapping[str, str] | None = None, host: str = "") -> ManifestSet:
    """The services of the shop and one Ingress of class nginx."""
    rules = (IngressRule(host, tuple(paths)),)
    return ManifestSet(
        services=tuple(service(name) for name in ("orders", "products", "users")),
        ingresses=(Ingress("shop", "shop", "nginx", rules, annotations or {}),),
    )


def path(value: str, name: str, path_type: str = "Prefix") -> IngressPath:
    return IngressPath(value, path_type, f"{name}-service", "http")
