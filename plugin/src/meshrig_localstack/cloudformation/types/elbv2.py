"""AWS::ElasticLoadBalancingV2::*; Ref gives the ARN of each."""

from collections.abc import Mapping
from typing import Any

from meshrig_localstack.cloudformation.declaration import (
    Call,
    Declaration,
    Each,
    GeneratedName,
    Parameters,
    Properties,
    Read,
    Tags,
)


def _tags(arn: str) -> Tags:
    return Tags("Tags", {"ResourceArns[]": arn}, "AddTags", "RemoveTags", "Tags", "TagKeys")


def _target(properties: Properties) -> Parameters:
    """One target of the group, with its port or the group's."""
    members = ("Id", "Port", "AvailabilityZone", "QuicServerId")
    return {"Targets": [{name: properties[name] for name in members if properties.get(name) is not None}]}


def _balancer_full_name(found: Mapping[str, Any]) -> str:
    """The ARN's end: net/shop/0123456789abcdef."""
    return str(found["LoadBalancerArn"]).split("loadbalancer/", 1)[1]


def _group_full_name(found: Mapping[str, Any]) -> str:
    """The ARN's end: targetgroup/shop/0123456789abcdef."""
    return str(found["TargetGroupArn"]).rsplit(":", 1)[1]


BALANCER = {"LoadBalancerArn": "{LoadBalancerArn}"}
LOAD_BALANCER = Declaration(
    type_name="AWS::ElasticLoadBalancingV2::LoadBalancer",
    service="elbv2",
    reference="{LoadBalancerArn}",
    create=Call("CreateLoadBalancer"),
    created={"LoadBalancerArn": "LoadBalancers[0].LoadBalancerArn"},
    settle=(
        Call(
            "SetSecurityGroups",
            BALANCER,
            ("SecurityGroups", "EnforceSecurityGroupInboundRulesOnPrivateLinkTraffic"),
        ),
        Call(
            "ModifyLoadBalancerAttributes",
            BALANCER,
            ("LoadBalancerAttributes",),
            {"LoadBalancerAttributes": "Attributes"},
        ),
    ),
    updates=(
        Call("SetSubnets", BALANCER, ("Subnets", "SubnetMappings")),
        Call("SetIpAddressType", BALANCER, ("IpAddressType",)),
    ),
    delete=Call("DeleteLoadBalancer", BALANCER, properties=()),
    read=Read(
        "DescribeLoadBalancers",
        {"LoadBalancerArns[]": "{LoadBalancerArn}"},
        "LoadBalancers[0]",
        {"LoadBalancerFullName": _balancer_full_name},
    ),
    tags=_tags("{LoadBalancerArn}"),
    name=GeneratedName("Name", 32),
)

GROUP = {"TargetGroupArn": "{TargetGroupArn}"}
TARGET_GROUP = Declaration(
    type_name="AWS::ElasticLoadBalancingV2::TargetGroup",
    service="elbv2",
    reference="{TargetGroupArn}",
    create=Call("CreateTargetGroup"),
    created={"TargetGroupArn": "TargetGroups[0].TargetGroupArn"},
    settle=(
        Call("ModifyTargetGroupAttributes", GROUP, ("TargetGroupAttributes",), {"TargetGroupAttributes": "Attributes"}),
    ),
    updates=(
        Call(
            "ModifyTargetGroup",
            GROUP,
            (
                "HealthCheckEnabled",
                "HealthCheckIntervalSeconds",
                "HealthCheckPath",
                "HealthCheckPort",
                "HealthCheckProtocol",
                "HealthCheckTimeoutSeconds",
                "HealthyThresholdCount",
                "Matcher",
                "UnhealthyThresholdCount",
            ),
        ),
    ),
    each=(
        Each(
            "Targets",
            ("Id", "Port"),
            add=Call("RegisterTargets", GROUP, request=_target),
            remove=Call("DeregisterTargets", GROUP, request=_target),
        ),
    ),
    delete=Call("DeleteTargetGroup", GROUP, properties=()),
    read=Read(
        "DescribeTargetGroups",
        {"TargetGroupArns[]": "{TargetGroupArn}"},
        "TargetGroups[0]",
        {"TargetGroupFullName": _group_full_name},
    ),
    tags=_tags("{TargetGroupArn}"),
    name=GeneratedName("Name", 32),
)

LISTENER_ARN = {"ListenerArn": "{ListenerArn}"}
LISTENER = Declaration(
    type_name="AWS::ElasticLoadBalancingV2::Listener",
    service="elbv2",
    reference="{ListenerArn}",
    create=Call("CreateListener"),
    created={"ListenerArn": "Listeners[0].ListenerArn"},
    settle=(
        Call("ModifyListenerAttributes", LISTENER_ARN, ("ListenerAttributes",), {"ListenerAttributes": "Attributes"}),
    ),
    updates=(
        Call(
            "ModifyListener",
            LISTENER_ARN,
            ("Port", "Protocol", "DefaultActions", "SslPolicy", "Certificates", "AlpnPolicy", "MutualAuthentication"),
        ),
    ),
    delete=Call("DeleteListener", LISTENER_ARN, properties=()),
    read=Read("DescribeListeners", {"ListenerArns[]": "{ListenerArn}"}, "Listeners[0]"),
)

DECLARATIONS = (LOAD_BALANCER, TARGET_GROUP, LISTENER)
