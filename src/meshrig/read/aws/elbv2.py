"""The Elastic Load Balancing v2 API -> network load balancers and target groups."""

from collections.abc import Iterator
from typing import Any, Protocol

from meshrig.model.apigateway import LoadBalancer, NlbListener, Target, TargetGroup
from meshrig.read.aws.calls import PagingClient, pages


class Elbv2Client(PagingClient, Protocol):
    """Of boto3's ``elbv2`` client, what is used here."""

    def describe_target_health(self, *, TargetGroupArn: str) -> dict[str, Any]: ...  # noqa: N803


def read_load_balancers(client: Elbv2Client) -> dict[str, LoadBalancer]:
    """Network load balancers by ARN; others can't be a VPC link's target."""
    found = pages(client, "describe_load_balancers", "LoadBalancers")
    return {item["LoadBalancerArn"]: _load_balancer(client, item) for item in found if item.get("Type") == "network"}


def read_target_groups(client: Elbv2Client) -> dict[str, TargetGroup]:
    """Target groups that have a port, by ARN (a Lambda function's has none)."""
    found = pages(client, "describe_target_groups", "TargetGroups")
    return {item["TargetGroupArn"]: _target_group(client, item) for item in found if item.get("Port")}


def _load_balancer(client: Elbv2Client, item: dict[str, Any]) -> LoadBalancer:
    arn = item["LoadBalancerArn"]
    listeners = tuple(
        NlbListener(listener["Port"], listener["Protocol"], group)
        for listener in pages(client, "describe_listeners", "Listeners", LoadBalancerArn=arn)
        for group in _forwarded(listener)
    )
    return LoadBalancer(arn, item["LoadBalancerName"], item["DNSName"], listeners)


def _forwarded(listener: dict[str, Any]) -> Iterator[str]:
    """The target groups of the default action, which says them in one of two places or in both."""
    for action in listener.get("DefaultActions") or ():
        groups = (action.get("ForwardConfig") or {}).get("TargetGroups") or ()
        arns = [action.get("TargetGroupArn"), *(group.get("TargetGroupArn") for group in groups)]
        yield from dict.fromkeys(arn for arn in arns if arn)


def _target_group(client: Elbv2Client, item: dict[str, Any]) -> TargetGroup:
    arn = item["TargetGroupArn"]
    health = client.describe_target_health(TargetGroupArn=arn).get("TargetHealthDescriptions") or ()
    targets = tuple(Target(h["Target"]["Id"], int(h["Target"].get("Port") or item["Port"])) for h in health)
    return TargetGroup(arn, item["TargetGroupName"], item["Protocol"], item["Port"], item["TargetType"], targets)
