"""The API Gateway API -> GatewayModel."""

from collections.abc import Callable, Iterable, Mapping
from typing import Any, Protocol

from meshrig.model.apigateway import (
    DeployedApi,
    GatewayModel,
    Integration,
    Method,
    MethodSettings,
    RequestValidator,
    Stage,
    Throttle,
    VpcLink,
)
from meshrig.read.aws.calls import PagingClient, pages, translated
from meshrig.read.aws.elbv2 import Elbv2Client, read_load_balancers, read_target_groups

# Gives what a deployment froze, by API id and deployment id; None where that isn't known.
Snapshot = Callable[[str, str], Mapping[str, Any] | None]


class ApiGatewayClient(PagingClient, Protocol):
    """Of boto3's ``apigateway`` client, what is used here."""

    def get_rest_api(self, *, restApiId: str) -> dict[str, Any]: ...  # noqa: N803

    def get_stages(self, *, restApiId: str) -> dict[str, Any]: ...  # noqa: N803


def read_gateway(
    apigateway: ApiGatewayClient, elbv2: Elbv2Client, snapshot: Snapshot | None, api_ids: Iterable[str]
) -> GatewayModel:
    """Each API on each of its stages as deployed, and every VPC link and network load balancer.

    Where ``snapshot`` is None or gives None the present resources stand in, since no public API shows a deployment
    whole. Raises MeshrigError where an API refuses a call or answers less than its model promises.
    """
    with translated("reading API Gateway and its load balancers"):
        apis = tuple(api for api_id in api_ids for api in _read_api(apigateway, snapshot, api_id))
        links = {item["id"]: _vpc_link(item) for item in pages(apigateway, "get_vpc_links", "items")}
        return GatewayModel(apis, links, read_load_balancers(elbv2), read_target_groups(elbv2))


def _read_api(client: ApiGatewayClient, snapshot: Snapshot | None, api_id: str) -> list[DeployedApi]:
    name = client.get_rest_api(restApiId=api_id)["name"]
    apis = []
    for item in client.get_stages(restApiId=api_id).get("item") or ():
        stage = _stage(item)
        frozen = snapshot(api_id, stage.deployment_id) if snapshot else None
        apis.append(DeployedApi(api_id, name, stage, read_methods(frozen or _present(client, api_id))))
    return apis


def _present(client: ApiGatewayClient, api_id: str) -> dict[str, Any]:
    resources = list(pages(client, "get_resources", "items", restApiId=api_id, embed=["methods"]))
    validators = list(pages(client, "get_request_validators", "items", restApiId=api_id))
    return {"resources": resources, "requestValidators": validators}


def read_methods(frozen: Mapping[str, Any]) -> tuple[Method, ...]:
    """The methods of ``resources`` in the shape of GetResources with embedded methods, sorted by path and verb."""
    validators = {v["id"]: v for v in frozen.get("requestValidators") or ()}
    methods = [
        _method(resource, verb, method, validators)
        for resource in frozen.get("resources") or ()
        for verb, method in (resource.get("resourceMethods") or {}).items()
    ]
    return tuple(sorted(methods, key=lambda m: (m.resource_path, m.http_method)))


def _method(resource: dict[str, Any], verb: str, method: dict[str, Any], validators: dict[str, Any]) -> Method:
    integration = method.get("methodIntegration")
    return Method(
        http_method=verb,
        resource_path=resource["path"],
        resource_id=resource["id"],
        integration=_integration(integration) if integration else None,
        authorization_type=method.get("authorizationType") or "NONE",
        authorizer_id=method.get("authorizerId") or "",
        api_key_required=bool(method.get("apiKeyRequired")),
        request_parameters=method.get("requestParameters") or {},
        validator=_validator(validators.get(method.get("requestValidatorId") or "")),
    )


def _validator(item: Mapping[str, Any] | None) -> RequestValidator | None:
    if item is None:
        return None
    return RequestValidator(bool(item.get("validateRequestBody")), bool(item.get("validateRequestParameters")))


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
    throttle = None
    if rate is not None and burst is not None and float(rate) >= 0 and int(burst) >= 0:
        throttle = Throttle(float(rate), int(burst))
    return MethodSettings(
        throttle=throttle,
        metrics_enabled=bool(item.get("metricsEnabled")),
        logging_level=item.get("loggingLevel") or "OFF",
        data_trace_enabled=bool(item.get("dataTraceEnabled")),
    )


def _vpc_link(item: dict[str, Any]) -> VpcLink:
    return VpcLink(item["id"], item.get("name") or "", next(iter(item.get("targetArns") or ()), ""))
