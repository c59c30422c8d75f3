"""Load balancers: moto's answers, with what moto leaves out of a network load balancer.

Source of the rules: ELB API reference 2015-12-01 (CreateLoadBalancer, SetSecurityGroups) and the NLB guide,
"load-balancer-security-groups": security groups can be changed later only if one was given at creation.
"""

from typing import Any

from localstack.aws.api import CommonServiceException, RequestContext, handler
from localstack.services.moto import call_moto
from moto.elbv2.models import ELBv2Backend, FakeLoadBalancer, elbv2_backends

NETWORK = "network"
ON_OFF = ("on", "off")


class LoadBalancingProvider:
    @handler("CreateLoadBalancer", expand=False)
    def create_load_balancer(self, context: RequestContext, request: dict[str, Any]) -> Any:
        backend, name = _backend(context), request["Name"]
        if any(found.name == name for found in backend.load_balancers.values()):
            raise _error("DuplicateLoadBalancerName", f"A load balancer with the name {name} already exists")
        for group in request.get("SecurityGroups") or []:
            _require_security_group(backend, group)
        answer = call_moto(context)
        created = backend.load_balancers[answer["LoadBalancers"][0]["LoadBalancerArn"]]
        created.scheme = request.get("Scheme") or "internet-facing"
        created.dns_name = _dns_name(created, context.region)
        if created.type == NETWORK and created.security_groups:
            _enforce(created, "on")
        answer["LoadBalancers"][0] |= {"DNSName": created.dns_name, "Scheme": created.scheme}
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
            raise _error("InvalidConfigurationRequest", "Security groups cannot be added to or removed from a "
                         "network load balancer that was created without or with them")
        found.security_groups = groups
        if enforce is not None:
            _enforce(found, enforce)
        answer: dict[str, Any] = {"SecurityGroupIds": groups}
        if enforce is not None:
            answer["EnforceSecurityGroupInboundRulesOnPrivateLinkTraffic"] = enforce
        return answer


def _backend(context: RequestContext) -> ELBv2Backend:
    return elbv2_backends[context.account_id][context.region]


def _asked_enforcement(request: dict[str, Any]) -> str | None:
    asked: str | None = request.get("EnforceSecurityGroupInboundRulesOnPrivateLinkTraffic")
    if asked is not None and asked not in ON_OFF:
        raise _error("ValidationError", f"Value '{asked}' at 'enforceSecurityGroupInboundRulesOnPrivateLinkTraffic' "
                     f"failed to satisfy constraint: Member must satisfy enum value set: {list(ON_OFF)}")
    return asked


def _enforce(load_balancer: FakeLoadBalancer, value: str) -> None:
    """moto answers DescribeLoadBalancers from attributes named as the API's members, so this one shows up there."""
    setattr(load_balancer, "enforce_security_group_inbound_rules_on_private_link_traffic", value)


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
