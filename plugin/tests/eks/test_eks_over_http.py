"""The EKS API: clusters and their children."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pytest
from botocore.exceptions import ClientError
from eks_clusters import role
from running_localstack import RunningLocalStack

ROLE = "arn:aws:iam::000000000000:role/path/eks-api"
OF = {"clusterName": "api"}


@dataclass(frozen=True)
class Cluster:
    client: Any
    ec2: Any
    described: dict[str, Any]


@pytest.fixture
def cluster(localstack: RunningLocalStack) -> Iterator[Cluster]:
    client: Any = localstack.client("eks")
    role(localstack, "eks-api", "/path/")
    ec2: Any = localstack.client("ec2")
    vpc = ec2.create_vpc(CidrBlock="10.8.0.0/16")["Vpc"]["VpcId"]
    zones = {"us-east-1a": "10.8.0.0/20", "us-east-1b": "10.8.16.0/20"}
    subnets = [
        ec2.create_subnet(VpcId=vpc, CidrBlock=block, AvailabilityZone=zone)["Subnet"]["SubnetId"]
        for zone, block in zones.items()
    ]
    created = client.create_cluster(
        name="api", roleArn=ROLE, resourcesVpcConfig={"subnetIds": subnets}, accessConfig={"authenticationMode": "API"}
    )["cluster"]
    yield Cluster(client, ec2, created)
    client.delete_cluster(name="api")
    for subnet in subnets:
        ec2.delete_subnet(SubnetId=subnet)
    ec2.delete_vpc(VpcId=vpc)
    iam: Any = localstack.client("iam")
    iam.delete_role(RoleName="eks-api")


def test_a_cluster_is_complete(cluster: Cluster) -> None:
    described = cluster.client.describe_cluster(name="api")["cluster"]
    network = described["resourcesVpcConfig"]
    group = cluster.ec2.describe_security_groups(GroupIds=[network["clusterSecurityGroupId"]])["SecurityGroups"][0]
    assert (group["VpcId"], group["GroupName"][:19]) == (network["vpcId"], "eks-cluster-sg-api-")
    assert (described["status"], described["version"]) == ("ACTIVE", "1.36")
    assert described["endpoint"].endswith(".gr7.us-east-1.eks.amazonaws.com")
    assert described["certificateAuthority"]["data"]
    assert described["kubernetesNetworkConfig"]["serviceIpv4Cidr"] == "172.20.0.0/16"
    assert cluster.client.list_clusters()["clusters"] == ["api"]


def test_a_cluster_needs_two_zones(cluster: Cluster) -> None:
    subnet = cluster.described["resourcesVpcConfig"]["subnetIds"][0]
    with pytest.raises(ClientError, match="at least two different AZs"):
        cluster.client.create_cluster(name="one-zone", roleArn=ROLE, resourcesVpcConfig={"subnetIds": [subnet]})


def test_updates_are_recorded(cluster: Cluster) -> None:
    update = cluster.client.update_cluster_version(name="api", version="1.37")["update"]
    assert (update["status"], update["type"]) == ("Successful", "VersionUpdate")
    assert cluster.client.describe_update(name="api", updateId=update["id"])["update"] == update
    assert cluster.client.describe_cluster(name="api")["cluster"]["version"] == "1.37"


def test_logging_is_told_in_both_halves(cluster: Cluster) -> None:
    on = {"clusterLogging": [{"types": ["api"], "enabled": True}]}
    cluster.client.update_cluster_config(name="api", logging=on)
    setups = cluster.client.describe_cluster(name="api")["cluster"]["logging"]["clusterLogging"]
    assert [(setup["enabled"], len(setup["types"])) for setup in setups] == [(True, 1), (False, 4)]


def test_node_groups(cluster: Cluster) -> None:
    names = {**OF, "nodegroupName": "workers"}
    subnets = cluster.described["resourcesVpcConfig"]["subnetIds"]
    created = cluster.client.create_nodegroup(**names, nodeRole=ROLE, subnets=subnets)["nodegroup"]
    assert (created["status"], created["version"]) == ("ACTIVE", "1.36")
    cluster.client.update_nodegroup_config(**names, labels={"addOrUpdateLabels": {"a": "b"}})
    assert cluster.client.describe_nodegroup(**names)["nodegroup"]["labels"] == {"a": "b"}
    with pytest.raises(ClientError, match="must lie between"):
        cluster.client.update_nodegroup_config(**names, scalingConfig={"desiredSize": 9})
    with pytest.raises(ClientError, match="Cluster has nodegroups attached"):
        cluster.client.delete_cluster(name="api")
    cluster.client.delete_nodegroup(**names)
    with pytest.raises(ClientError, match="ResourceNotFoundException"):
        cluster.client.describe_nodegroup(**names)


def test_addons(cluster: Cluster) -> None:
    names = {**OF, "addonName": "vpc-cni"}
    assert cluster.client.create_addon(**names)["addon"]["status"] == "ACTIVE"
    with pytest.raises(ClientError, match="ResourceInUseException"):
        cluster.client.create_addon(**names)
    assert cluster.client.list_addons(**OF)["addons"] == ["vpc-cni"]
    cluster.client.delete_addon(**names)
    assert cluster.client.list_addons(**OF)["addons"] == []


def test_pod_identity_associations(cluster: Cluster) -> None:
    account = {**OF, "namespace": "shop", "serviceAccount": "users"}
    created = cluster.client.create_pod_identity_association(**account, roleArn=ROLE)["association"]
    with pytest.raises(ClientError, match="Association already exists"):
        cluster.client.create_pod_identity_association(**account, roleArn=ROLE)
    cluster.client.tag_resource(resourceArn=created["associationArn"], tags={"a": "b"})
    assert cluster.client.list_tags_for_resource(resourceArn=created["associationArn"])["tags"] == {"a": "b"}
    assert len(cluster.client.list_pod_identity_associations(**account)["associations"]) == 1
    cluster.client.delete_pod_identity_association(**OF, associationId=created["associationId"])
    assert cluster.client.list_pod_identity_associations(**account)["associations"] == []
