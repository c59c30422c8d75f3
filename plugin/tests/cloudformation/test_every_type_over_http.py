"""Every declared type on a running LocalStack: created, read, updated in place, replaced, deleted."""

import base64
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from cryptography import x509
from deploying import Outcome, Stack
from running_localstack import RunningLocalStack

TEMPLATE = (Path(__file__).parent / "everything.yaml").read_text()
ACCOUNT, PREFIX = "000000000000", "everything"
MESH = f"arn:aws:appmesh:us-east-1:{ACCOUNT}:mesh/{PREFIX}"


class Deployment:
    """The stack as first created, then as updated."""

    def __init__(self, localstack: RunningLocalStack) -> None:
        self.localstack = localstack
        self.stack = Stack(localstack, PREFIX)
        self.created = self.stack.create(TEMPLATE)

    def client(self, service: str) -> Any:
        return self.localstack.client(service)


@pytest.fixture(scope="module")
def created(localstack: RunningLocalStack) -> Iterator[Deployment]:
    deployment = Deployment(localstack)
    assert deployment.created.status == "CREATE_COMPLETE", deployment.created.reasons
    yield deployment
    deployment.stack.delete()


@pytest.fixture(scope="module")
def updated(created: Deployment) -> Outcome:
    outcome = created.stack.update(TEMPLATE, Tag="two", NodePort="30081", Rate="50")
    assert outcome.status == "UPDATE_COMPLETE", outcome.reasons
    return outcome


def test_references_are_those_of_aws(created: Deployment) -> None:
    references = created.created.references
    assert references["Mesh"] == MESH
    assert references["Users"] == f"{MESH}/virtualNode/users"
    assert references["GatewayRoute"] == f"{MESH}/virtualGateway/edge/gatewayRoute/all"
    assert references["Cluster"] == f"{PREFIX}-cluster"
    assert references["Nodes"] == f"{PREFIX}-cluster/workers"
    assert references["Addon"] == f"{PREFIX}-cluster|vpc-cni"
    assert references["Balancer"].startswith(f"arn:aws:elasticloadbalancing:us-east-1:{ACCOUNT}:loadbalancer/net/")
    assert references["Template"].startswith("lt-")
    assert references["FromBalancer"].startswith("sgr-")
    assert references["Repository"] == f"{PREFIX}/users"
    assert references["Stage"] == "prod"


def test_attributes_are_those_of_the_services(created: Deployment) -> None:
    outputs = created.created.outputs
    cluster = created.client("eks").describe_cluster(name=f"{PREFIX}-cluster")["cluster"]
    assert (outputs["Endpoint"], outputs["Issuer"]) == (cluster["endpoint"], cluster["identity"]["oidc"]["issuer"])
    certificate = x509.load_pem_x509_certificate(base64.b64decode(outputs["Certificate"]))
    assert certificate.subject.rfc4514_string() == f"CN=kubernetes-{PREFIX}-cluster"
    assert outputs["BalancerFullName"] in created.created.references["Balancer"]
    assert outputs["TargetsFullName"].startswith("targetgroup/")
    assert outputs["BalancerName"].endswith(".elb.us-east-1.amazonaws.com")
    assert outputs["RepositoryUri"] == f"{ACCOUNT}.dkr.ecr.us-east-1.amazonaws.com/{PREFIX}/users"
    assert outputs["PoolUrl"].endswith(created.created.references["Pool"])


def test_properties_reach_the_services(created: Deployment) -> None:
    link = created.client("apigateway").get_vpc_link(vpcLinkId=created.created.references["Link"])
    assert (link["status"], link["targetArns"]) == ("AVAILABLE", [created.created.references["Balancer"]])
    entry = {"clusterName": f"{PREFIX}-cluster"}
    policies = created.client("eks").list_associated_access_policies(
        **entry, principalArn=created.created.references["Admin"].split("|")[0]
    )["associatedAccessPolicies"]
    assert [policy["accessScope"] for policy in policies] == [{"type": "namespace", "namespaces": ["one"]}]
    balancer = created.client("elbv2").describe_load_balancers(
        LoadBalancerArns=[created.created.references["Balancer"]]
    )["LoadBalancers"][0]
    assert balancer["EnforceSecurityGroupInboundRulesOnPrivateLinkTraffic"] == "off"
    assert (balancer["Scheme"], balancer["State"]["Code"]) == ("internal", "active")


@pytest.mark.usefixtures("updated")
def test_updates_in_place_keep_the_resource(created: Deployment, updated: Outcome) -> None:
    replaced = {name for name, reference in created.created.references.items() if updated.references[name] != reference}
    # Port is create-only for a target group and for a rule; a dashboard, a cluster, a mesh stay what they are.
    assert replaced == {"Targets", "FromBalancer"}


def test_updates_reach_the_services(created: Deployment, updated: Outcome) -> None:
    node = created.client("appmesh").describe_virtual_node(meshName=PREFIX, virtualNodeName="users")["virtualNode"]
    assert node["spec"]["listeners"][0]["portMapping"]["port"] == 30081
    assert created.client("appmesh").list_tags_for_resource(resourceArn=MESH)["tags"] == [{"key": "t", "value": "two"}]
    api = updated.outputs["Api"]
    stage = created.client("apigateway").get_stage(restApiId=api, stageName="prod")
    setting = stage["methodSettings"]["~1orders/POST"]
    assert (setting["throttlingRateLimit"], setting["throttlingBurstLimit"]) == (50.0, 20)
    assert stage["variables"] == {"tag": "two"}
    listener = created.client("elbv2").describe_listeners(LoadBalancerArn=updated.references["Balancer"])["Listeners"]
    assert listener[0]["DefaultActions"][0]["TargetGroupArn"] == updated.references["Targets"]
    nodes = created.client("eks").describe_nodegroup(clusterName=f"{PREFIX}-cluster", nodegroupName="workers")
    assert nodes["nodegroup"]["labels"] == {"t": "two"}


def test_security_group_rules_follow_the_template(created: Deployment, updated: Outcome) -> None:
    group = created.client("ec2").describe_security_groups(GroupIds=[updated.references["Group"]])["SecurityGroups"][0]
    assert [(rule["FromPort"], rule["ToPort"]) for rule in group["IpPermissions"]] == [(80, 80)]
    assert [(rule["FromPort"], rule["ToPort"]) for rule in group["IpPermissionsEgress"]] == [(30081, 30081)]
    assert {"Key": "t", "Value": "two"} in group["Tags"]


@pytest.mark.usefixtures("updated")
def test_the_replaced_resource_is_gone(created: Deployment) -> None:
    groups = created.client("elbv2").describe_target_groups()["TargetGroups"]
    assert [group["Port"] for group in groups if group["TargetGroupName"].startswith(PREFIX)] == [30081]


def test_nothing_is_left_after_deletion(localstack: RunningLocalStack) -> None:
    stack = Stack(localstack, "leaves-nothing")
    before = _inventory(localstack)
    outcome = stack.create(TEMPLATE, Prefix="leaves-nothing")
    assert outcome.status == "CREATE_COMPLETE", outcome.reasons
    assert _inventory(localstack) != before
    assert stack.delete() == "DELETE_COMPLETE"
    assert _inventory(localstack) == before


def _inventory(localstack: RunningLocalStack) -> dict[str, set[str]]:
    client: Any = localstack.client
    ec2, elbv2, apigateway = client("ec2"), client("elbv2"), client("apigateway")
    return {
        "vpcs": {each["VpcId"] for each in ec2.describe_vpcs()["Vpcs"]},
        "groups": {each["GroupId"] for each in ec2.describe_security_groups()["SecurityGroups"]},
        "templates": {each["LaunchTemplateId"] for each in ec2.describe_launch_templates()["LaunchTemplates"]},
        "balancers": {each["LoadBalancerArn"] for each in elbv2.describe_load_balancers()["LoadBalancers"]},
        "targets": {each["TargetGroupArn"] for each in elbv2.describe_target_groups()["TargetGroups"]},
        "apis": {each["id"] for each in apigateway.get_rest_apis()["items"]},
        "links": {each["id"] for each in apigateway.get_vpc_links()["items"]},
        "clusters": set(client("eks").list_clusters()["clusters"]),
        "meshes": {each["meshName"] for each in client("appmesh").list_meshes()["meshes"]},
        "repositories": {each["repositoryName"] for each in client("ecr").describe_repositories()["repositories"]},
        "pools": {each["Id"] for each in client("cognito-idp").list_user_pools(MaxResults=60)["UserPools"]},
        "roles": {each["RoleName"] for each in client("iam").list_roles()["Roles"]},
        "logs": {each["logGroupName"] for each in client("logs").describe_log_groups()["logGroups"]},
        "policies": {each["policyName"] for each in client("logs").describe_resource_policies()["resourcePolicies"]},
        "dashboards": {each["DashboardName"] for each in client("cloudwatch").list_dashboards()["DashboardEntries"]},
        "alarms": {each["AlarmName"] for each in client("cloudwatch").describe_alarms()["MetricAlarms"]},
    }
