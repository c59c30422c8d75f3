"""Clusters with something real behind them, as DescribeCluster, the AWS CLI and CloudFormation see them."""

import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml
from deploying import Outcome, Stack
from eks_clusters import ACCOUNT, ROOT, call, cluster
from eks_tokens import Key, run_aws
from running_localstack import RunningLocalStack

from meshrig_localstack.services.eks.certificate import authority_data

AUTHORITY = authority_data("behind")
BACKING = {"endpoint": "https://127.0.0.1:36443", "certificateAuthority": AUTHORITY, "version": "1.34"}
TEMPLATE = """
Resources:
  Vpc: {Type: AWS::EC2::VPC, Properties: {CidrBlock: 10.6.0.0/16}}
  A: {Type: AWS::EC2::Subnet, Properties: {VpcId: !Ref Vpc, CidrBlock: 10.6.0.0/24, AvailabilityZone: us-east-1a}}
  B: {Type: AWS::EC2::Subnet, Properties: {VpcId: !Ref Vpc, CidrBlock: 10.6.1.0/24, AvailabilityZone: us-east-1b}}
  Role:
    Type: AWS::IAM::Role
    Properties: {AssumeRolePolicyDocument: {Version: '2012-10-17', Statement: []}}
  Cluster:
    Type: AWS::EKS::Cluster
    Properties:
      Name: stacked
      Version: '1.36'
      RoleArn: !GetAtt Role.Arn
      AccessConfig: {AuthenticationMode: API}
      ResourcesVpcConfig: {SubnetIds: [!Ref A, !Ref B]}
Outputs:
  Endpoint: {Value: !GetAtt Cluster.Endpoint}
  Authority: {Value: !GetAtt Cluster.CertificateAuthorityData}
"""


@pytest.fixture(scope="module")
def backed(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningLocalStack]:
    """A LocalStack whose clusters are to be real."""
    running = RunningLocalStack(tmp_path_factory.mktemp("backed"), {"MESHRIG_EKS_BACKED": "1"})
    running.start()
    yield running
    running.stop()


def test_a_backing_may_come_before_or_after(localstack: RunningLocalStack) -> None:
    eks: Any = localstack.client("eks")
    assert call(localstack, "GET", "real")[0] == 404
    with cluster(localstack, "real") as made:
        assert made["endpoint"].endswith(".eks.amazonaws.com")
        assert call(localstack, "PUT", "real", BACKING) == (200, BACKING)
        assert call(localstack, "GET", "real") == (200, BACKING)
        seen = eks.describe_cluster(name="real")["cluster"]
        assert (seen["endpoint"], seen["certificateAuthority"]) == (BACKING["endpoint"], {"data": AUTHORITY})
    with cluster(localstack, "real") as again:
        assert (again["endpoint"], again["status"]) == (BACKING["endpoint"], "ACTIVE")
        assert call(localstack, "DELETE", "real") == (204, None)
        assert call(localstack, "DELETE", "real") == (204, None)
        assert eks.describe_cluster(name="real")["cluster"]["endpoint"].endswith(".eks.amazonaws.com")


def test_unusable_backings_change_nothing(localstack: RunningLocalStack) -> None:
    call(localstack, "PUT", "kept", BACKING)
    status, answer = call(localstack, "PUT", "kept", {**BACKING, "endpoint": "http://x"})
    assert (status, "endpoint must be an https URL" in answer["error"]) == (400, True)
    assert call(localstack, "GET", "kept") == (200, BACKING)
    call(localstack, "DELETE", "kept")


def test_update_kubeconfig_writes_what_is_behind(localstack: RunningLocalStack, tmp_path: Path) -> None:
    file = tmp_path / "kubeconfig"
    call(localstack, "PUT", "configured", BACKING)
    with cluster(localstack, "configured"):
        arguments = ["eks", "update-kubeconfig", "--name", "configured", "--kubeconfig", str(file)]
        run_aws(arguments, Key(), localstack.endpoint)
    call(localstack, "DELETE", "configured")
    config, arn = yaml.safe_load(file.read_text()), f"arn:aws:eks:us-east-1:{ACCOUNT}:cluster/configured"
    server = {"server": BACKING["endpoint"], "certificate-authority-data": AUTHORITY}
    assert config["clusters"] == [{"name": arn, "cluster": server}]
    assert config["current-context"] == arn
    ((user,), (context,)) = config["users"], config["contexts"]
    assert context == {"name": arn, "context": {"cluster": arn, "user": arn}}
    assert (user["name"], user["user"]["exec"]["command"]) == (arn, "aws")
    wanted = ["--region", "us-east-1", "eks", "get-token", "--cluster-name", "configured", "--output", "json"]
    assert user["user"]["exec"]["args"] == wanted


def test_a_cluster_to_be_backed_is_being_created_until_it_is(backed: RunningLocalStack) -> None:
    eks: Any = backed.client("eks")
    with cluster(backed, "awaited") as made:
        assert (made["status"], made["certificateAuthority"], "endpoint" in made) == ("CREATING", {}, False)
        with pytest.raises(AssertionError, match="Cluster status is CREATING"):
            run_aws(["eks", "update-kubeconfig", "--name", "awaited", "--dry-run"], Key(), backed.endpoint)
        call(backed, "PUT", "awaited", BACKING)
        seen = eks.describe_cluster(name="awaited")["cluster"]
        assert (seen["status"], seen["endpoint"]) == ("ACTIVE", BACKING["endpoint"])
        eks.get_waiter("cluster_active").wait(name="awaited", WaiterConfig={"Delay": 1, "MaxAttempts": 2})
    with cluster(backed, "awaited") as again:
        assert (again["status"], again["endpoint"]) == ("ACTIVE", BACKING["endpoint"])


def test_a_stack_waits_for_what_is_behind_its_cluster(backed: RunningLocalStack) -> None:
    eks: Any = backed.client("eks")
    stack, outcomes = Stack(backed, "stacked"), list[Outcome]()
    creating = threading.Thread(target=lambda: outcomes.append(stack.create(TEMPLATE)))
    creating.start()
    while "stacked" not in eks.list_clusters()["clusters"]:
        time.sleep(0.2)
    time.sleep(1.5)
    assert creating.is_alive()
    call(backed, "PUT", "stacked", BACKING)
    creating.join(30)
    (created,) = outcomes
    assert created.status == "CREATE_COMPLETE", created.reasons
    assert created.outputs == {"Endpoint": BACKING["endpoint"], "Authority": AUTHORITY}
    seen = eks.describe_cluster(name="stacked")["cluster"]
    message = "Kubernetes 1.36 was asked for; the cluster behind this one runs 1.34."
    assert (seen["version"], seen["health"]["issues"][0]["message"]) == ("1.36", message)
    assert eks.list_access_entries(clusterName="stacked")["accessEntries"] == [ROOT]
    assert stack.delete() == "DELETE_COMPLETE"
    assert call(backed, "GET", "stacked")[0] == 200


def test_a_stack_is_made_as_whoever_asks(backed: RunningLocalStack) -> None:
    iam: Any = backed.client("iam")
    iam.create_user(UserName="deployer")
    key = iam.create_access_key(UserName="deployer")["AccessKey"]["AccessKeyId"]
    call(backed, "PUT", "stacked", BACKING)
    stack = Stack(backed, "made-by-user", account=key)
    created = stack.create(TEMPLATE)
    assert created.status == "CREATE_COMPLETE", created.reasons
    eks: Any = backed.client("eks")
    assert eks.list_access_entries(clusterName="stacked")["accessEntries"] == [f"arn:aws:iam::{ACCOUNT}:user/deployer"]
    stack.delete()
