"""The targets of a target group: an id *and* a port (ELB API, TargetDescription); moto knows one port per id."""

from typing import Any

from localstack.aws.api import CommonServiceException, RequestContext, handler
from moto.elbv2.models import FakeTargetGroup, elbv2_backends


class TargetHandlers:
    @handler("RegisterTargets", expand=False)
    def register_targets(self, context: RequestContext, request: dict[str, Any]) -> dict[str, Any]:
        group = _group(context, request["TargetGroupArn"])
        for target in request.get("Targets") or []:
            group.targets[_key(group, target)] = {**target, "Port": _port(group, target)}
        return {}

    @handler("DeregisterTargets", expand=False)
    def deregister_targets(self, context: RequestContext, request: dict[str, Any]) -> dict[str, Any]:
        group = _group(context, request["TargetGroupArn"])
        for target in request.get("Targets") or []:
            everywhere = [key for key, found in group.targets.items() if found["Id"] == target["Id"]]
            for key in [_key(group, target)] if target.get("Port") else everywhere:
                group.targets.pop(key, None)
        return {}

    @handler("DescribeTargetHealth", expand=False)
    def describe_target_health(self, context: RequestContext, request: dict[str, Any]) -> dict[str, Any]:
        """Every registered target is healthy here: nothing in LocalStack sends traffic, or checks."""
        group = _group(context, request["TargetGroupArn"])
        asked = request.get("Targets") or list(group.targets.values())
        return {"TargetHealthDescriptions": [_health(group, target) for target in asked]}


def _health(group: FakeTargetGroup, target: dict[str, Any]) -> dict[str, Any]:
    described: dict[str, Any] = {"Target": {**target, "Port": _port(group, target)}}
    described["HealthCheckPort"] = str(group.health_check_port or "traffic-port")
    if _key(group, target) in group.targets:
        return {**described, "TargetHealth": {"State": "healthy"}}
    reason = {"Reason": "Target.NotRegistered", "Description": "Target is not registered to the target group"}
    return {**described, "TargetHealth": {"State": "unused", **reason}}


def _key(group: FakeTargetGroup, target: dict[str, Any]) -> str:
    return f"{target['Id']}:{_port(group, target)}"


def _port(group: FakeTargetGroup, target: dict[str, Any]) -> int:
    return int(target.get("Port") or group.port)


def _group(context: RequestContext, arn: str) -> FakeTargetGroup:
    found = elbv2_backends[context.account_id][context.region].target_groups.get(arn)
    if found is None:
        message = f"One or more target groups not found: {arn}"
        raise CommonServiceException("TargetGroupNotFound", message, status_code=400, sender_fault=True)
    return found
