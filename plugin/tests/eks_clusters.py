"""EKS clusters of a running LocalStack, and the plugin's own endpoints beside the API."""

import json
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from running_localstack import RunningLocalStack

ACCOUNT = "000000000000"
ROOT = f"arn:aws:iam::{ACCOUNT}:root"
TRUST = json.dumps({"Version": "2012-10-17", "Statement": []})
CLUSTER_ROLE = f"arn:aws:iam::{ACCOUNT}:role/eks"
REVIEW = "authentication.k8s.io/v1"
BLOCKS = {"us-east-1a": "10.9.0.0/20", "us-east-1b": "10.9.16.0/20"}


@contextmanager
def subnets(localstack: RunningLocalStack) -> Iterator[list[str]]:
    """Two subnets in two zones, which every cluster needs."""
    ec2: Any = localstack.client("ec2")
    vpc = ec2.create_vpc(CidrBlock="10.9.0.0/16")["Vpc"]["VpcId"]
    made = [
        ec2.create_subnet(VpcId=vpc, CidrBlock=block, AvailabilityZone=zone)["Subnet"]["SubnetId"]
        for zone, block in BLOCKS.items()
    ]
    yield made
    for subnet in made:
        ec2.delete_subnet(SubnetId=subnet)
    ec2.delete_vpc(VpcId=vpc)


@contextmanager
def cluster(localstack: RunningLocalStack, name: str, client: Any = None, **access: Any) -> Iterator[dict[str, Any]]:
    """A cluster of the mode API, made by root or by ``client``; ``access`` is more of its accessConfig."""
    eks: Any = client or localstack.client("eks")
    with subnets(localstack) as found:
        config = {"authenticationMode": "API", **access}
        network = {"subnetIds": found}
        made = eks.create_cluster(name=name, roleArn=CLUSTER_ROLE, resourcesVpcConfig=network, accessConfig=config)
        yield made["cluster"]
        eks.delete_cluster(name=name)


def role(localstack: RunningLocalStack, name: str, path: str = "/") -> str:
    """The ARN of a new role."""
    iam: Any = localstack.client("iam")
    return str(iam.create_role(RoleName=name, Path=path, AssumeRolePolicyDocument=TRUST)["Role"]["Arn"])


def call(localstack: RunningLocalStack, method: str, path: str, body: object = None) -> tuple[int, Any]:
    """Status and JSON of a call below ``/_meshrig/eks/clusters/``."""
    data = None if body is None else json.dumps(body).encode()
    url = f"{localstack.endpoint}/_meshrig/eks/clusters/{path}"
    headers = {"Content-Type": "application/json"}
    try:
        with urllib.request.urlopen(urllib.request.Request(url, data, headers, method=method), timeout=30) as answer:
            text = answer.read()
            return answer.status, json.loads(text) if text else None
    except urllib.error.HTTPError as refused:
        return refused.code, json.load(refused)


def review(localstack: RunningLocalStack, name: str, token: str, version: str = REVIEW) -> dict[str, Any]:
    """The status of the TokenReview that the cluster's webhook answers."""
    asked = {"apiVersion": version, "kind": "TokenReview", "metadata": {}, "spec": {"token": token}}
    code, answer = call(localstack, "POST", f"{name}/authenticate", asked)
    assert (code, answer["apiVersion"], answer["kind"]) == (200, version, "TokenReview")
    status: dict[str, Any] = answer["status"]
    return status


def refusal(localstack: RunningLocalStack, name: str, token: str) -> str:
    """Why the token is refused."""
    status = review(localstack, name, token)
    assert (status["authenticated"], "user" in status) == (False, False)
    return str(status["error"])


def username(localstack: RunningLocalStack, name: str, token: str) -> str:
    """Whom the token is accepted for."""
    status = review(localstack, name, token)
    assert status["authenticated"], status
    return str(status["user"]["username"])
