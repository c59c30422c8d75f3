"""AWS::ApiGateway::Stage; Ref gives the name. LocalStack's own type drops method settings and access logs."""

from collections.abc import Mapping
from typing import Any

from meshrig_localstack.cloudformation.declaration import Call, Declaration, GeneratedName, Parameters, Read
from meshrig_localstack.cloudformation.patches import one_by_one, patch, patch_map, replace

STAGE = {"restApiId": "{RestApiId}", "stageName": "{StageName}"}
SETTINGS = {
    "CacheDataEncrypted": "caching/dataEncrypted",
    "CacheTtlInSeconds": "caching/ttlInSeconds",
    "CachingEnabled": "caching/enabled",
    "DataTraceEnabled": "logging/dataTrace",
    "LoggingLevel": "logging/loglevel",
    "MetricsEnabled": "metrics/enabled",
    "ThrottlingBurstLimit": "throttling/burstLimit",
    "ThrottlingRateLimit": "throttling/rateLimit",
}


def setting_path(resource_path: str, http_method: str) -> str:
    """``/*`` and ``*`` -> ``/*/*``; ``/~1orders`` or ``/orders`` and ``POST`` -> ``/~1orders/POST`` (UpdateStage)."""
    inner = resource_path.removeprefix("/")
    if inner != "*" and not inner.startswith("~1"):
        inner = "~1" + inner.replace("/", "~1")
    return f"/{inner}/{http_method}"


def _method_settings(new: Any, old: Any) -> Parameters:
    """Settings that differ are removed and set anew, so that members no longer given fall back."""
    before, after = _by_path(old), _by_path(new)
    changed = {path: settings for path, settings in after.items() if before.get(path) != settings}
    gone = [path for path in before if path not in after or path in changed]
    operations: list[dict[str, str]] = [{"op": "remove", "path": path} for path in gone]
    for path, settings in changed.items():
        operations += [replace(f"{path}/{SETTINGS[name]}", settings[name]) for name in SETTINGS if name in settings]
    return {"patchOperations": operations}


def _by_path(settings: Any) -> Mapping[str, Mapping[str, Any]]:
    return {setting_path(each.get("ResourcePath", "/*"), each.get("HttpMethod", "*")): each for each in settings or ()}


def _access_log(new: Any, _old: Any) -> Parameters:
    if new is None:
        return {"patchOperations": [{"op": "remove", "path": "/accessLogSettings"}]}
    members = {"DestinationArn": "destinationArn", "Format": "format"}
    return {
        "patchOperations": [
            replace(f"/accessLogSettings/{api}", new[name]) for name, api in members.items() if name in new
        ]
    }


DECLARATIONS = (
    Declaration(
        type_name="AWS::ApiGateway::Stage",
        service="apigateway",
        reference="{StageName}",
        create=Call("CreateStage", rename={"CanarySetting": "canarySettings"}),
        settle=one_by_one(
            "UpdateStage",
            STAGE,
            {
                "MethodSettings": _method_settings,
                "AccessLogSetting": _access_log,
                "ClientCertificateId": patch("/clientCertificateId"),
            },
        ),
        updates=one_by_one(
            "UpdateStage",
            STAGE,
            {
                "DeploymentId": patch("/deploymentId"),
                "Description": patch("/description"),
                "TracingEnabled": patch("/tracingEnabled"),
                "CacheClusterEnabled": patch("/cacheClusterEnabled"),
                "CacheClusterSize": patch("/cacheClusterSize"),
                "Variables": patch_map("/variables"),
            },
        ),
        delete=Call("DeleteStage", STAGE, properties=()),
        read=Read("GetStage", STAGE, "@"),
        name=GeneratedName("StageName", 128),
    ),
)
