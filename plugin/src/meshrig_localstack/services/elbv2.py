"""Load balancers: moto's answers, with what moto leaves out of a network load balancer.

Source of the rules: ELB API reference 2015-12-01 (CreateLoadBalancer, SetSecurityGroups) and the NLB guide,
"load-balancer-security-groups": security groups can be changed later only if one was given at creation.
"""

from typing import Any

from localstack.aws.api import CommonServiceException, RequestContext, handler
from localstack.services.moto import call_moto
from moto.elbv2.models import ELBv2Backend, FakeLoadBalancer, elbv2_backends

from meshrig_localstack.services.targets import TargetHandlers

NETWORK = "network"
ON_OFF = ("on", "off")


class LoadBalancingProvider(TargetHandlers):
    @handler("CreateLoadBalancer", expand=False)
    def create_load_balancer(self, context: RequestContext, request: dict[str, Any]) -> Any:
        backend, name = _backend(context), request["Name"]
        if any(found.name == name for found in backend.load_balancers.values()):
            raise _error("DuplicateLoadBalancerName", f"A load balancer with the name {name} already exists")
        for group in request.get("SecurityGroups") or []:
            _require_security_group(backend, group)
        answer = call_moto(context)
        created = backend.load_balancers[answer["LoadBalancers"][0]["LoadBalancerArn"]]
        if created.type == NETWORK:
            _rename_as_network(backend, created)
        created.scheme = request.get("Scheme") or "internet-facing"
        created.dns_name = _dns_name(created, context.region)
        if created.type == NETWORK and created.security_groups:
            _enforce(created, "on")
        answer["LoadBalancers"][0] |= {
            "LoadBalancerArn": created.arn,
            "DNSName": created.dns_name,
            "Scheme": created.scheme,
        }
        return answer

    @handler("DescribeTargetGroups", expand=False)
    def describe_target_groups(self, context: RequestContext, _request: dict[str, Any]) -> Any:
        answer, users = call_moto(context), _users_of_groups(_backend(context))
        for group in answer["TargetGroups"]:
            group["LoadBalancerArns"] = users.get(group["TargetGroupArn"], [])
        return answer

    @handler("SetSecurityGroups", expand=False)
    def set_security_groups(self, context: RequestContext, request: dict[str, Any]) -> Any:
        backend = _backend(context)
        found = backend.load_balancers.get(request["LoadBalancerArn"])
        if found is None:
            raise _error("LoadBalancerNotFound", f"Load balancer '{request['LoadBalancerArn']}' not found")
        groups, enforce = request.get("SecurityGroups") or [], _asked_enforcement(request)
        for group in groups:
            _require_security_group(backend, group)
        if found.type == NETWORK and bool(groups) != bool(found.security_groups):
            raise _error(
                "InvalidConfigurationRequest",
                "Security groups cannot be added to or removed from a "
                "network load balancer that was created without or with them",
            )
        found.security_groups = groups
        if enforce is not None:
            _enforce(found, enforce)
        answer: dict[str, Any] = {"SecurityGroupIds": groups}
        if enforce is not None:
            answer["EnforceSecurityGroupInboundRulesOnPrivateLinkTraffic"] = enforce
        return answer


def _backend(context: RequestContext) -> ELBv2Backend:
    return elbv2_backends[context.account_id][context.region]


def _users_of_groups(backend: ELBv2Backend) -> dict[str, list[str]]:
    """Target group -> load balancers that forward to it; moto forgets those a changed listener came to use."""
    users: dict[str, list[str]] = {}
    for balancer in backend.load_balancers.values():
        listeners = balancer.listeners.values()
        actions = [action for listener in listeners for action in listener.default_actions]
        actions += [action for listener in listeners for rule in listener.rules.values() for action in rule.actions]
        for action in actions:
            for group in _groups_of(action.data):
                found = users.setdefault(group, [])
                found += [balancer.arn] if balancer.arn not in found else []
    return users


def _groups_of(action: dict[str, Any]) -> list[str]:
    forward = action.get("ForwardConfig", {}).get("TargetGroups", [])
    named = [action["TargetGroupArn"]] if action.get("TargetGroupArn") else []
    return [*named, *(group["TargetGroupArn"] for group in forward)]


def _rename_as_network(backend: ELBv2Backend, created: FakeLoadBalancer) -> None:
    """moto gives every load balancer the ARN of an application load balancer."""
    old, new = created.arn, created.arn.replace(":loadbalancer/app/", ":loadbalancer/net/")
    tags = backend.tagging_service.get_tag_dict_for_resource(old)
    backend.tagging_service.delete_all_tags_for_resource(old)
    backend.tagging_service.tag_resource(new, [{"Key": key, "Value": value} for key, value in tags.items()])
    created.arn = new
    backend.load_balancers[new] = backend.load_balancers.pop(old)


def _asked_enforcement(request: dict[str, Any]) -> str | None:
    asked: str | None = request.get("EnforceSecurityGroupInboundRulesOnPrivateLinkTraffic")
    if asked is not None and asked not in ON_OFF:
        raise _error(
            "ValidationError",
            f"Value '{asked}' at 'enforceSecurityGroupInboundRulesOnPrivateLinkTraffic' "
            f"failed to satisfy constraint: Member must satisfy enum value set: {list(ON_OFF)}",
        )
    return asked


def _enforce(load_balancer: FakeLoadBalancer, value: str) -> None:
    """moto answers DescribeLoadBalancers from attributes named as the API's members, so this one shows up there."""
    load_balancer.enforce_security_group_inbound_rules_on_private_link_traffic = value


def _require_security_group(backend: ELBv2Backend, group: str) -> None:
    if backend.ec2_backend.get_security_group_from_id(group) is None:
        raise _error("InvalidSecurityGroup", f"The security group '{group}' does not exist")


def _dns_name(load_balancer: FakeLoadBalancer, region: str) -> str:
    """AWS's two spellings: network load balancers put ``elb`` before the region, internal others start with it."""
    unique = str(load_balancer.arn).rsplit("/", 1)[-1]
    if load_balancer.type == NETWORK:
        return f"{load_balancer.name}-{unique}.elb.{region}.amazonaws.com"
    prefix = "internal-" if load_balancer.scheme == "internal" else ""
    return f"{prefix}{load_balancer.name}-{unique}.{region}.elb.amazonaws.com"


def _error(code: str, message: str) -> CommonServiceException:
    return CommonServiceException(code, message, status_code=400, sender_fault=True)
