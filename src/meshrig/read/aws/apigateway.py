"""API Gateway and load balancer APIs -> GatewayModel."""

from collections.abc import Callable, Iterable, Mapping
from typing import Any

from meshrig.model.apigateway import (
    DeployedApi,
    GatewayModel,
    Integration,
    LoadBalancer,
    Method,
    MethodSettings,
    NlbListener,
    RequestValidator,
    Stage,
    Target,
    TargetGroup,
    Throttle,
    VpcLink,
)

Snapshot = Callable[[str, str], dict[str, Any] | None]


def read_gateway(apigateway: Any, elbv2: Any, snapshot: Snapshot, api_ids: Iterable[str]) -> GatewayModel:
    """Each API on each of its stages as deployed, and every VPC link and load balancer.

    ``snapshot(api id, deployment id)`` gives what a deployment froze; where it gives None the present resources stand
    in, since no public API shows a deployment whole.
    """
    apis = tuple(api for api_id in api_ids for api in _read_api(apigateway, snapshot, api_id))
    links = {item["id"]: _vpc_link(item) for item in _pages(apigateway, "get_vpc_links", "items")}
    balancers = {b["LoadBalancerArn"]: b for b in _pages(elbv2, "describe_load_balancers", "LoadBalancers")}
    groups = {g["TargetGroupArn"]: g for g in _pages(elbv2, "describe_target_groups", "TargetGroups")}
    return GatewayModel(
        apis,
        links,
        {arn: _load_balancer(elbv2, item) for arn, item in balancers.items()},
        {arn: _target_group(elbv2, item) for arn, item in groups.items()},
    )


def _read_api(client: Any, snapshot: Snapshot, api_id: str) -> list[DeployedApi]:
    name = client.get_rest_api(restApiId=api_id)["name"]
    apis = []
    for item in client.get_stages(restApiId=api_id)["item"]:
        stage = _stage(item)
        frozen = snapshot(api_id, stage.deployment_id) or _present(client, api_id)
        apis.append(DeployedApi(api_id, name, stage, read_methods(frozen)))
    return apis


def _present(client: Any, api_id: str) -> dict[str, Any]:
    resources = list(_pages(client, "get_resources", "items", restApiId=api_id, embed=["methods"]))
    validators = client.get_request_validators(restApiId=api_id)["items"]
    return {"resources": resources, "requestValidators": validators}


def read_methods(frozen: Mapping[str, Any]) -> tuple[Method, ...]:
    """The methods of ``resources`` in the shape of GetResources with embedded methods, sorted by path and verb."""
    validators = {v["id"]: v for v in frozen.get("requestValidators", ())}
    methods = [
        _method(resource, verb, method, validators)
        for resource in frozen["resources"]
        for verb, method in (resource.get("resourceMethods") or {}).items()
    ]
    return tuple(sorted(methods, key=lambda m: (m.resource_path, m.http_method)))


def _method(resource: dict[str, Any], verb: str, method: dict[str, Any], validators: dict[str, Any]) -> Method:
    integration = method.get("methodIntegration")
    validator = validators.get(method.get("requestValidatorId", ""))
    return Method(
        http_method=verb,
        resource_path=resource["path"],
        resource_id=resource["id"],
        integration=_integration(integration) if integration else None,
        authorization_type=method.get("authorizationType") or "NONE",
        authorizer_id=method.get("authorizerId") or "",
        api_key_required=bool(method.get("apiKeyRequired")),
        request_parameters=method.get("requestParameters") or {},
        validator=RequestValidator(
            bool(validator.get("validateRequestBody")), bool(validator.get("validateRequestParameters"))
        )
        if validator
        else None,
    )


def _integration(item: dict[str, Any]) -> Integration:
    return Integration(
        type=item["type"],
        uri=item.get("uri") or "",
        http_method=item.get("httpMethod") or "",
        connection_type=item.get("connectionType") or "INTERNET",
        connection_id=item.get("connectionId") or "",
        timeout_ms=int(item.get("timeoutInMillis") or 29_000),
        request_parameters=item.get("requestParameters") or {},
        request_templates=item.get("requestTemplates") or {},
    )


def _stage(item: dict[str, Any]) -> Stage:
    settings = {decode_method_key(key): _settings(value) for key, value in (item.get("methodSettings") or {}).items()}
    access_log = item.get("accessLogSettings") or {}
    return Stage(
        name=item["stageName"],
        deployment_id=item.get("deploymentId") or "",
        variables=item.get("variables") or {},
        method_settings=settings,
        access_log_format=access_log.get("format") or "",
        access_log_destination=access_log.get("destinationArn") or "",
        tracing_enabled=bool(item.get("tracingEnabled")),
    )


def decode_method_key(key: str) -> tuple[str, str]:
    """``~1orders/POST``, ``orders/POST`` or ``/~1orders/POST`` -> ("/orders", "POST"); ``*/*`` -> ("*", "*").

    Inner slashes of the path are written ``~1`` (specs/apigateway.md 2.4).
    """
    path, _, verb = key.rpartition("/")
    path = path.replace("~1", "/").strip("/")
    return ("*" if path == "*" else f"/{path}", verb)


def _settings(item: dict[str, Any]) -> MethodSettings:
    rate, burst = item.get("throttlingRateLimit"), item.get("throttlingBurstLimit")
    # A negative limit is how Terraform says "no throttle" (specs/apigateway.md 2.1).
    limited = rate is not None and burst is not None and float(rate) >= 0 and int(burst) >= 0
    return MethodSettings(
        throttle=Throttle(float(rate), int(burst)) if limited and rate is not None and burst is not None else None,
        metrics_enabled=bool(item.get("metricsEnabled")),
        logging_level=item.get("loggingLevel") or "OFF",
        data_trace_enabled=bool(item.get("dataTraceEnabled")),
    )


def _vpc_link(item: dict[str, Any]) -> VpcLink:
    return VpcLink(item["id"], item["name"], next(iter(item.get("targetArns") or ()), ""))


def _load_balancer(elbv2: Any, item: dict[str, Any]) -> LoadBalancer:
    arn = item["LoadBalancerArn"]
    listeners = [
        NlbListener(listener["Port"], listener["Protocol"], action["TargetGroupArn"])
        for listener in _pages(elbv2, "describe_listeners", "Listeners", LoadBalancerArn=arn)
        for action in listener["DefaultActions"]
        if action.get("TargetGroupArn")
    ]
    return LoadBalancer(arn, item["LoadBalancerName"], item["DNSName"], tuple(listeners))


def _target_group(elbv2: Any, item: dict[str, Any]) -> TargetGroup:
    arn = item["TargetGroupArn"]
    health = elbv2.describe_target_health(TargetGroupArn=arn)["TargetHealthDescriptions"]
    targets = tuple(Target(h["Target"]["Id"], int(h["Target"].get("Port") or item["Port"])) for h in health)
    return TargetGroup(arn, item["TargetGroupName"], item["Protocol"], item["Port"], item["TargetType"], targets)


def _pages(client: Any, operation: str, member: str, **arguments: Any) -> Iterable[dict[str, Any]]:
    for page in client.get_paginator(operation).paginate(**arguments):
        yield from page.get(member) or ()
