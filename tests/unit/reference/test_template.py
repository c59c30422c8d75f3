"""cfn/stack.yaml keeps the names of the system it describes, and what they promise."""

import json
import re
from typing import Any

import pytest

from tests.unit.reference.shop import SERVICES, default, of_type, project, properties, template, text

PARAMETERS = ("NodeInstanceType", "NodeImageId", "NodeGroupName", "ClusterName")
LOGICAL_IDS = {
    "EKSCluster": "AWS::EKS::Cluster",
    "NodeGroup": "AWS::EKS::Nodegroup",
    "DrewVPC": "AWS::EC2::VPC",
    "DrewInternetGateway": "AWS::EC2::InternetGateway",
    "GatewayAttachment": "AWS::EC2::VPCGatewayAttachment",
    "PublicSubnetOne": "AWS::EC2::Subnet",
    "PublicSubnetTwo": "AWS::EC2::Subnet",
    "DrewRouteTable": "AWS::EC2::RouteTable",
    "PublicRoute": "AWS::EC2::Route",
    "SubnetRouteTableAssociationOne": "AWS::EC2::SubnetRouteTableAssociation",
    "SubnetRouteTableAssociationTwo": "AWS::EC2::SubnetRouteTableAssociation",
    "DrewNLBSecurityGroup": "AWS::EC2::SecurityGroup",
    "EKSClusterSecurityGroup": "AWS::EC2::SecurityGroup",
    "DrewNLB": "AWS::ElasticLoadBalancingV2::LoadBalancer",
    "DrewTargetGroup": "AWS::ElasticLoadBalancingV2::TargetGroup",
    "DrewListener": "AWS::ElasticLoadBalancingV2::Listener",
    "EKSClusterRole": "AWS::IAM::Role",
    "NodeInstanceRole": "AWS::IAM::Role",
    "UsersRepository": "AWS::ECR::Repository",
    "OrdersRepository": "AWS::ECR::Repository",
    "ProductsRepository": "AWS::ECR::Repository",
    "DrewAPI": "AWS::ApiGateway::RestApi",
    "DrewAPIResourceUsers": "AWS::ApiGateway::Resource",
    "DrewAPIResourceOrders": "AWS::ApiGateway::Resource",
    "DrewAPIResourceProducts": "AWS::ApiGateway::Resource",
    "DrewAPIMethodUsers": "AWS::ApiGateway::Method",
    "DrewAPIMethodOrders": "AWS::ApiGateway::Method",
    "DrewAPIMethodProducts": "AWS::ApiGateway::Method",
    "DrewVpcLink": "AWS::ApiGateway::VpcLink",
    "DrewServiceMesh": "AWS::AppMesh::Mesh",
    "UsersVirtualNode": "AWS::AppMesh::VirtualNode",
    "OrdersVirtualNode": "AWS::AppMesh::VirtualNode",
    "ProductsVirtualNode": "AWS::AppMesh::VirtualNode",
    "UsersVirtualService": "AWS::AppMesh::VirtualService",
    "OrdersVirtualService": "AWS::AppMesh::VirtualService",
    "ProductsVirtualService": "AWS::AppMesh::VirtualService",
    "DrewDeployment": "AWS::ApiGateway::Deployment",
    "DrewApiStage": "AWS::ApiGateway::Stage",
}
OUTPUTS = (
    "InvokeUrl", "ApiId", "StageName", "ClusterName", "NodeGroupName", "NlbDnsName", "TargetGroupArn", "MeshName",
    "UsersRepositoryUri", "ProductsRepositoryUri", "OrdersRepositoryUri",
    "UsersTableName", "ProductsTableName", "OrdersTableName",
)  # fmt: skip
# CloudFormation's limit of a template that is sent with the call (specs: quotas of CloudFormation).
TEMPLATE_BODY_BYTES = 51_200


@pytest.mark.parametrize("name", PARAMETERS)
def test_every_parameter_has_a_default(name: str) -> None:
    assert default(name) is not None


@pytest.mark.parametrize(("logical_id", "resource_type"), LOGICAL_IDS.items())
def test_every_logical_id_has_its_type(logical_id: str, resource_type: str) -> None:
    assert template()["Resources"][logical_id]["Type"] == resource_type


@pytest.mark.parametrize("name", OUTPUTS)
def test_outputs(name: str) -> None:
    assert name in template()["Outputs"]


def test_it_can_be_sent_without_a_bucket() -> None:
    assert project().template.stat().st_size <= TEMPLATE_BODY_BYTES


@pytest.mark.parametrize(
    ("method", "verb", "path"),
    [
        ("DrewAPIMethodUsers", "POST", "users"),
        ("DrewAPIMethodOrders", "POST", "orders"),
        ("DrewAPIMethodProducts", "GET", "products"),
        ("DrewAPIMethodProductsCreate", "POST", "products"),
    ],
)
def test_methods_pass_on_to_the_load_balancer_over_the_vpc_link(method: str, verb: str, path: str) -> None:
    found = properties(method)
    resource = properties(found["ResourceId"]["Ref"])
    integration = found["Integration"]
    assert (found["HttpMethod"], resource["PathPart"]) == (verb, path)
    assert (integration["Type"], integration["IntegrationHttpMethod"]) == ("HTTP_PROXY", verb)
    assert (integration["ConnectionType"], integration["ConnectionId"]) == ("VPC_LINK", {"Ref": "DrewVpcLink"})
    assert integration["Uri"] == {"Fn::Sub": f"http://${{DrewNLB.DNSName}}/{path}"}


def test_the_deployment_waits_for_every_method() -> None:
    assert set(template()["Resources"]["DrewDeployment"]["DependsOn"]) == set(of_type("AWS::ApiGateway::Method"))


def test_the_orders_method_is_throttled_by_parameters() -> None:
    stage = properties("DrewApiStage")
    assert stage["StageName"] == "prod"
    settings = {(s["HttpMethod"], s["ResourcePath"]): s for s in stage["MethodSettings"]}
    orders = settings["POST", "/~1orders"]
    assert orders["ThrottlingRateLimit"] == {"Ref": "ThrottlingRateLimit"}
    assert orders["ThrottlingBurstLimit"] == {"Ref": "ThrottlingBurstLimit"}
    assert (default("ThrottlingRateLimit"), default("ThrottlingBurstLimit")) == (100, 20)
    assert settings["*", "/*"]["MetricsEnabled"] is True


def test_the_access_log_is_one_json_object_a_line() -> None:
    written = properties("DrewApiStage")["AccessLogSetting"]["Format"]
    fields = json.loads(re.sub(r"\$context\.[A-Za-z.]+", "x", written))
    assert "\n" not in written
    assert "$context.requestId" in written
    assert {"httpMethod", "resourcePath", "status", "integrationStatus"} <= set(fields)


def test_log_groups_expire() -> None:
    groups = of_type("AWS::Logs::LogGroup")
    assert groups
    assert all(group["Properties"]["RetentionInDays"] == {"Ref": "LogRetentionDays"} for group in groups.values())


def test_private_link_traffic_skips_inbound_rules() -> None:
    # A bare off would be false in YAML 1.1.
    assert properties("DrewNLB")["EnforceSecurityGroupInboundRulesOnPrivateLinkTraffic"] == "off"


def test_nodes_admit_the_load_balancer_on_the_ingress_port_only() -> None:
    rule = properties("NodePortFromNLB")
    port = {"Ref": "IngressNodePort"}
    assert rule["GroupId"] == {"Fn::GetAtt": ["EKSCluster", "ClusterSecurityGroupId"]}
    assert rule["SourceSecurityGroupId"] == {"Ref": "DrewNLBSecurityGroup"}
    assert (rule["FromPort"], rule["ToPort"], properties("DrewTargetGroup")["Port"]) == (port, port, port)


@pytest.mark.parametrize("name", SERVICES)
def test_each_service_has_a_table_with_the_key_id(name: str) -> None:
    table = properties(f"{name.title()}Table")
    assert text(table["TableName"]) == f"{default('ClusterName')}-{name}"
    assert table["BillingMode"] == "PAY_PER_REQUEST"
    assert table["KeySchema"] == [{"AttributeName": "id", "KeyType": "HASH"}]
    assert {"AttributeName": "id", "AttributeType": "S"} in table["AttributeDefinitions"]


def test_orders_are_found_by_user_in_the_order_they_came() -> None:
    (index,) = properties("OrdersTable")["GlobalSecondaryIndexes"]
    assert index["IndexName"] == "user_id-index"
    assert [(k["AttributeName"], k["KeyType"]) for k in index["KeySchema"]] == [
        ("user_id", "HASH"),
        ("created_at", "RANGE"),
    ]


@pytest.mark.parametrize("name", SERVICES)
def test_pods_may_touch_their_own_table_only(name: str) -> None:
    table = f"{name.title()}Table"
    identity = properties(f"{name.title()}PodIdentity")
    role = properties(identity["RoleArn"]["Fn::GetAtt"][0])
    trusted = role["AssumeRolePolicyDocument"]["Statement"][0]
    assert trusted["Principal"] == {"Service": "pods.eks.amazonaws.com"}
    assert set(trusted["Action"]) == {"sts:AssumeRole", "sts:TagSession"}
    statements = [s for policy in role["Policies"] for s in policy["PolicyDocument"]["Statement"]]
    assert all(action.startswith("dynamodb:") and "*" not in action for s in statements for action in s["Action"])
    assert {_table_of(s["Resource"]) for s in statements} == {table}


def _table_of(resource: Any) -> str:
    if "Fn::GetAtt" in resource:
        return str(resource["Fn::GetAtt"][0])
    return str(resource["Fn::Sub"]).removeprefix("${").split(".Arn}")[0]


def test_parameter_files_name_parameters_of_the_template() -> None:
    for target in project().targets.values():
        assert set(target.parameters) <= set(template()["Parameters"])


def test_app_mesh_is_left_out_on_aws_alone() -> None:
    targets = project().targets
    assert targets["local"].parameters["UseAppMesh"] == "true"
    assert targets["aws"].parameters["UseAppMesh"] == default("UseAppMesh") == "false"
    meshed = {k: v for k, v in template()["Resources"].items() if v["Type"].startswith("AWS::AppMesh::")}
    conditioned = {k for k, v in template()["Resources"].items() if v.get("Condition") == "HasAppMesh"}
    assert set(meshed) == conditioned
    assert template()["Outputs"]["MeshName"]["Condition"] == "HasAppMesh"
