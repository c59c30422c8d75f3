"""The entry points of the resource types: LocalStack imports this module to list them, so it stays light."""

from functools import partial
from typing import Any, override

from localstack.services.cloudformation.resource_provider import CloudFormationResourceProviderPlugin
from plux import PluginSpec


class DeclaredTypePlugin(CloudFormationResourceProviderPlugin):
    """Loads the provider of one declared type; LocalStack calls ``factory`` for each resource."""

    def __init__(self, type_name: str) -> None:
        self._type_name = type_name
        self.factory: Any = None

    @override
    def load(self) -> None:
        from meshrig_localstack.cloudformation.extended import ExtendedProvider
        from meshrig_localstack.cloudformation.provider import DeclaredProvider
        from meshrig_localstack.cloudformation.types import DECLARATIONS, EXTENSIONS

        extension = EXTENSIONS.get(self._type_name)
        if extension is not None:
            self.factory = partial(ExtendedProvider, extension)
        else:
            self.factory = partial(DeclaredProvider, DECLARATIONS[self._type_name])


class DeclaredSpec(PluginSpec):
    """The spec of a type we declare."""

    def __init__(self, type_name: str) -> None:
        namespace = CloudFormationResourceProviderPlugin.namespace
        super().__init__(namespace, type_name, factory=partial(DeclaredTypePlugin, type_name))


APIGATEWAY_API_KEY = DeclaredSpec("AWS::ApiGateway::ApiKey")
APIGATEWAY_AUTHORIZER = DeclaredSpec("AWS::ApiGateway::Authorizer")
APIGATEWAY_DEPLOYMENT = DeclaredSpec("AWS::ApiGateway::Deployment")
APIGATEWAY_REQUEST_VALIDATOR = DeclaredSpec("AWS::ApiGateway::RequestValidator")
APIGATEWAY_REST_API = DeclaredSpec("AWS::ApiGateway::RestApi")
APIGATEWAY_STAGE = DeclaredSpec("AWS::ApiGateway::Stage")
APIGATEWAY_VPC_LINK = DeclaredSpec("AWS::ApiGateway::VpcLink")
APPMESH_GATEWAY_ROUTE = DeclaredSpec("AWS::AppMesh::GatewayRoute")
APPMESH_MESH = DeclaredSpec("AWS::AppMesh::Mesh")
APPMESH_ROUTE = DeclaredSpec("AWS::AppMesh::Route")
APPMESH_VIRTUAL_GATEWAY = DeclaredSpec("AWS::AppMesh::VirtualGateway")
APPMESH_VIRTUAL_NODE = DeclaredSpec("AWS::AppMesh::VirtualNode")
APPMESH_VIRTUAL_ROUTER = DeclaredSpec("AWS::AppMesh::VirtualRouter")
APPMESH_VIRTUAL_SERVICE = DeclaredSpec("AWS::AppMesh::VirtualService")
CLOUDWATCH_ALARM = DeclaredSpec("AWS::CloudWatch::Alarm")
CLOUDWATCH_COMPOSITE_ALARM = DeclaredSpec("AWS::CloudWatch::CompositeAlarm")
CLOUDWATCH_DASHBOARD = DeclaredSpec("AWS::CloudWatch::Dashboard")
COGNITO_USER_POOL = DeclaredSpec("AWS::Cognito::UserPool")
COGNITO_USER_POOL_CLIENT = DeclaredSpec("AWS::Cognito::UserPoolClient")
DYNAMODB_TABLE = DeclaredSpec("AWS::DynamoDB::Table")
EC2_INTERNET_GATEWAY = DeclaredSpec("AWS::EC2::InternetGateway")
EC2_LAUNCH_TEMPLATE = DeclaredSpec("AWS::EC2::LaunchTemplate")
EC2_ROUTE = DeclaredSpec("AWS::EC2::Route")
EC2_ROUTE_TABLE = DeclaredSpec("AWS::EC2::RouteTable")
EC2_SECURITY_GROUP = DeclaredSpec("AWS::EC2::SecurityGroup")
EC2_SECURITY_GROUP_EGRESS = DeclaredSpec("AWS::EC2::SecurityGroupEgress")
EC2_SECURITY_GROUP_INGRESS = DeclaredSpec("AWS::EC2::SecurityGroupIngress")
EC2_SUBNET = DeclaredSpec("AWS::EC2::Subnet")
EC2_VPC = DeclaredSpec("AWS::EC2::VPC")
ECR_REPOSITORY = DeclaredSpec("AWS::ECR::Repository")
EKS_ACCESS_ENTRY = DeclaredSpec("AWS::EKS::AccessEntry")
EKS_ADDON = DeclaredSpec("AWS::EKS::Addon")
EKS_CLUSTER = DeclaredSpec("AWS::EKS::Cluster")
EKS_NODEGROUP = DeclaredSpec("AWS::EKS::Nodegroup")
EKS_POD_IDENTITY_ASSOCIATION = DeclaredSpec("AWS::EKS::PodIdentityAssociation")
ELBV2_LISTENER = DeclaredSpec("AWS::ElasticLoadBalancingV2::Listener")
ELBV2_LOAD_BALANCER = DeclaredSpec("AWS::ElasticLoadBalancingV2::LoadBalancer")
ELBV2_TARGET_GROUP = DeclaredSpec("AWS::ElasticLoadBalancingV2::TargetGroup")
LOGS_LOG_GROUP = DeclaredSpec("AWS::Logs::LogGroup")
LOGS_METRIC_FILTER = DeclaredSpec("AWS::Logs::MetricFilter")
LOGS_RESOURCE_POLICY = DeclaredSpec("AWS::Logs::ResourcePolicy")
