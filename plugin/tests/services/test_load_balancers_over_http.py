"""Network load balancers as the ELB API tells of them."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pytest
from botocore.exceptions import ClientError
from running_localstack import RunningLocalStack


@dataclass(frozen=True)
class Network:
    vpc: str
    subnets: list[str]
    group: str


@pytest.fixture(scope="module")
def network(localstack: RunningLocalStack) -> Iterator[Network]:
    ec2: Any = localstack.client("ec2")
    vpc = ec2.create_vpc(CidrBlock="10.9.0.0/16")["Vpc"]["VpcId"]
    zones = {"us-east-1a": "10.9.0.0/20", "us-east-1b": "10.9.16.0/20"}
    subnets = [
        ec2.create_subnet(VpcId=vpc, CidrBlock=block, AvailabilityZone=zone)["Subnet"]["SubnetId"]
        for zone, block in zones.items()
    ]
    group = ec2.create_security_group(GroupName="balancer", Description="d", VpcId=vpc)["GroupId"]
    yield Network(vpc, subnets, group)
    ec2.delete_security_group(GroupId=group)
    for subnet in subnets:
        ec2.delete_subnet(SubnetId=subnet)
    ec2.delete_vpc(VpcId=vpc)


@pytest.fixture
def balancer(localstack: RunningLocalStack, network: Network) -> Iterator[dict[str, Any]]:
    client: Any = localstack.client("elbv2")
    created = client.create_load_balancer(
        Name="inner",
        Type="network",
        Scheme="internal",
        Subnets=network.subnets,
        SecurityGroups=[network.group],
        Tags=[{"Key": "a", "Value": "b"}],
    )["LoadBalancers"][0]
    yield created
    client.delete_load_balancer(LoadBalancerArn=created["LoadBalancerArn"])


def test_a_network_load_balancer_is_called_one(localstack: RunningLocalStack, balancer: dict[str, Any]) -> None:
    client: Any = localstack.client("elbv2")
    arn = balancer["LoadBalancerArn"]
    assert ":loadbalancer/net/inner/" in arn
    described = client.describe_load_balancers(LoadBalancerArns=[arn])["LoadBalancers"][0]
    assert described["DNSName"] == f"inner-{arn.rsplit('/', 1)[1]}.elb.us-east-1.amazonaws.com"
    assert described["EnforceSecurityGroupInboundRulesOnPrivateLinkTraffic"] == "on"
    tags = client.describe_tags(ResourceArns=[arn])["TagDescriptions"][0]["Tags"]
    assert tags == [{"Key": "a", "Value": "b"}]


def test_enforcement_is_switched(localstack: RunningLocalStack, balancer: dict[str, Any], network: Network) -> None:
    client: Any = localstack.client("elbv2")
    name, arn = "EnforceSecurityGroupInboundRulesOnPrivateLinkTraffic", balancer["LoadBalancerArn"]
    answer = client.set_security_groups(LoadBalancerArn=arn, SecurityGroups=[network.group], **{name: "off"})
    assert answer[name] == "off"
    assert client.describe_load_balancers(LoadBalancerArns=[arn])["LoadBalancers"][0][name] == "off"
    with pytest.raises(ClientError, match="enum value set"):
        client.set_security_groups(LoadBalancerArn=arn, SecurityGroups=[network.group], **{name: "maybe"})


def test_a_target_group_names_the_balancers_that_use_it(
    localstack: RunningLocalStack, balancer: dict[str, Any], network: Network
) -> None:
    client: Any = localstack.client("elbv2")
    arn = balancer["LoadBalancerArn"]
    settings = {"Protocol": "TCP", "Port": 30080, "VpcId": network.vpc, "TargetType": "ip"}
    group = client.create_target_group(Name="nodes", **settings)["TargetGroups"][0]["TargetGroupArn"]
    described = client.describe_target_groups(TargetGroupArns=[group])["TargetGroups"][0]
    assert described["LoadBalancerArns"] == []
    forward = [{"Type": "forward", "TargetGroupArn": group}]
    listener = client.create_listener(LoadBalancerArn=arn, Protocol="TCP", Port=80, DefaultActions=forward)
    described = client.describe_target_groups(TargetGroupArns=[group])["TargetGroups"][0]
    assert described["LoadBalancerArns"] == [arn]
    client.delete_listener(ListenerArn=listener["Listeners"][0]["ListenerArn"])
    client.delete_target_group(TargetGroupArn=group)


def test_one_address_may_be_several_targets(localstack: RunningLocalStack, network: Network) -> None:
    client: Any = localstack.client("elbv2")
    settings = {"Protocol": "TCP", "Port": 30080, "VpcId": network.vpc, "TargetType": "ip"}
    group = client.create_target_group(Name="ports", **settings)["TargetGroups"][0]["TargetGroupArn"]

    def registered() -> dict[int, str]:
        health = client.describe_target_health(TargetGroupArn=group)["TargetHealthDescriptions"]
        return {each["Target"]["Port"]: each["TargetHealth"]["State"] for each in health}

    both = [{"Id": "10.9.0.7", "Port": 1001}, {"Id": "10.9.0.7"}]
    client.register_targets(TargetGroupArn=group, Targets=both)
    assert registered() == {1001: "healthy", 30080: "healthy"}
    client.deregister_targets(TargetGroupArn=group, Targets=both[:1])
    assert registered() == {30080: "healthy"}
    asked = client.describe_target_health(TargetGroupArn=group, Targets=both[:1])["TargetHealthDescriptions"][0]
    assert asked["TargetHealth"]["Reason"] == "Target.NotRegistered"
    client.delete_target_group(TargetGroupArn=group)


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({}, "DuplicateLoadBalancerName"),
        ({"Name": "other", "SecurityGroups": ["sg-0123456789abcdef0"]}, "InvalidSecurityGroup|does not exist"),
    ],
)
@pytest.mark.usefixtures("balancer")
def test_what_aws_refuses(
    localstack: RunningLocalStack, network: Network, changes: dict[str, Any], reason: str
) -> None:
    client: Any = localstack.client("elbv2")
    request = {"Name": "inner", "Type": "network", "Subnets": network.subnets, "SecurityGroups": [network.group]}
    with pytest.raises(ClientError, match=reason):
        client.create_load_balancer(**{**request, **changes})
