"""Types LocalStack deploys but does not update."""

from typing import Any

from meshrig_localstack.cloudformation.declaration import Call, Extension, Parameters, Tags
from meshrig_localstack.cloudformation.patches import one_by_one, patch


def _ec2_tags(identifier: str) -> Tags:
    return Tags(
        "Tags", {"Resources[]": f"{{{identifier}}}"}, "CreateTags", "DeleteTags", "Tags", "Tags", keys_as_tags=True
    )


def _attribute(operation: str, identity: dict[str, str], name: str) -> Call:
    """EC2 changes one attribute per call: ``{"EnableDnsSupport": {"Value": true}}``; its default is false."""

    def build(new: Any, _old: Any) -> Parameters:
        return {name: {"Value": bool(new)}}

    return Call(operation, identity, (name,), build={name: build})


def _scalable(new: Any, _old: Any) -> Parameters:
    units = {name: int(new[name]) for name in ("ReadCapacityUnits", "WriteCapacityUnits")} if new else {}
    return {"ProvisionedThroughput": units} if units else {}


VPC, SUBNET = {"VpcId": "{VpcId}"}, {"SubnetId": "{SubnetId}"}
API, KEY = {"restApiId": "{RestApiId}"}, {"apiKey": "{APIKeyId}"}
VALIDATOR = {**API, "requestValidatorId": "{RequestValidatorId}"}
DEPLOYMENT = {**API, "deploymentId": "{DeploymentId}"}
ALARM = (
    "ActionsEnabled",
    "AlarmActions",
    "AlarmDescription",
    "ComparisonOperator",
    "DatapointsToAlarm",
    "Dimensions",
    "EvaluateLowSampleCountPercentile",
    "EvaluationPeriods",
    "ExtendedStatistic",
    "InsufficientDataActions",
    "MetricName",
    "Metrics",
    "Namespace",
    "OKActions",
    "Period",
    "Statistic",
    "Threshold",
    "ThresholdMetricId",
    "TreatMissingData",
    "Unit",
)
COMPOSITE = ("ActionsEnabled", "AlarmActions", "AlarmDescription", "AlarmRule", "InsufficientDataActions", "OKActions")

EXTENSIONS = (
    Extension(
        "AWS::EC2::VPC",
        "ec2",
        "ec2.resource_providers.aws_ec2_vpc:EC2VPCProvider",
        (
            _attribute("ModifyVpcAttribute", VPC, "EnableDnsSupport"),
            _attribute("ModifyVpcAttribute", VPC, "EnableDnsHostnames"),
        ),
        _ec2_tags("VpcId"),
    ),
    Extension(
        "AWS::EC2::Subnet",
        "ec2",
        "ec2.resource_providers.aws_ec2_subnet:EC2SubnetProvider",
        (_attribute("ModifySubnetAttribute", SUBNET, "MapPublicIpOnLaunch"),),
        _ec2_tags("SubnetId"),
    ),
    Extension(
        "AWS::EC2::InternetGateway",
        "ec2",
        "ec2.resource_providers.aws_ec2_internetgateway:EC2InternetGatewayProvider",
        tags=_ec2_tags("InternetGatewayId"),
    ),
    Extension(
        "AWS::EC2::RouteTable",
        "ec2",
        "ec2.resource_providers.aws_ec2_routetable:EC2RouteTableProvider",
        tags=_ec2_tags("RouteTableId"),
    ),
    Extension(
        "AWS::EC2::Route",
        "ec2",
        "ec2.resource_providers.aws_ec2_route:EC2RouteProvider",
        (
            Call(
                "ReplaceRoute",
                {"RouteTableId": "{RouteTableId}", "DestinationCidrBlock": "{DestinationCidrBlock}"},
                ("GatewayId", "NatGatewayId", "InstanceId", "NetworkInterfaceId", "VpcPeeringConnectionId"),
            ),
        ),
    ),
    Extension(
        "AWS::Logs::LogGroup",
        "logs",
        "logs.resource_providers.aws_logs_loggroup:LogsLogGroupProvider",
        (Call("PutRetentionPolicy", {"logGroupName": "{LogGroupName}"}, ("RetentionInDays",)),),
        Tags("Tags", {"logGroupName": "{LogGroupName}"}, "TagLogGroup", "UntagLogGroup", "tags", "tags"),
    ),
    Extension(
        "AWS::CloudWatch::Alarm",
        "cloudwatch",
        "cloudwatch.resource_providers.aws_cloudwatch_alarm:CloudWatchAlarmProvider",
        (Call("PutMetricAlarm", {"AlarmName": "{AlarmName}"}, ALARM),),
    ),
    Extension(
        "AWS::CloudWatch::CompositeAlarm",
        "cloudwatch",
        "cloudwatch.resource_providers.aws_cloudwatch_compositealarm:CloudWatchCompositeAlarmProvider",
        (Call("PutCompositeAlarm", {"AlarmName": "{AlarmName}"}, COMPOSITE),),
    ),
    Extension(
        "AWS::ApiGateway::RestApi",
        "apigateway",
        "apigateway.resource_providers.aws_apigateway_restapi:ApiGatewayRestApiProvider",
        one_by_one(
            "UpdateRestApi",
            API,
            {
                "Name": patch("/name"),
                "Description": patch("/description"),
                "ApiKeySourceType": patch("/apiKeySource"),
                "MinimumCompressionSize": patch("/minimumCompressionSize"),
                "DisableExecuteApiEndpoint": patch("/disableExecuteApiEndpoint"),
            },
        ),
    ),
    Extension(
        "AWS::ApiGateway::ApiKey",
        "apigateway",
        "apigateway.resource_providers.aws_apigateway_apikey:ApiGatewayApiKeyProvider",
        one_by_one("UpdateApiKey", KEY, {"Enabled": patch("/enabled"), "Description": patch("/description")}),
    ),
    Extension(
        "AWS::ApiGateway::RequestValidator",
        "apigateway",
        "apigateway.resource_providers.aws_apigateway_requestvalidator:ApiGatewayRequestValidatorProvider",
        one_by_one(
            "UpdateRequestValidator",
            VALIDATOR,
            {
                "ValidateRequestBody": patch("/validateRequestBody"),
                "ValidateRequestParameters": patch("/validateRequestParameters"),
            },
        ),
    ),
    Extension(
        "AWS::ApiGateway::Deployment",
        "apigateway",
        "apigateway.resource_providers.aws_apigateway_deployment:ApiGatewayDeploymentProvider",
        one_by_one("UpdateDeployment", DEPLOYMENT, {"Description": patch("/description")}),
    ),
    Extension(
        "AWS::DynamoDB::Table",
        "dynamodb",
        "dynamodb.resource_providers.aws_dynamodb_table:DynamoDBTableProvider",
        (
            Call(
                "UpdateTable",
                {"TableName": "{TableName}"},
                ("BillingMode", "ProvisionedThroughput", "StreamSpecification", "DeletionProtectionEnabled"),
                build={"ProvisionedThroughput": _scalable},
            ),
            Call("UpdateTimeToLive", {"TableName": "{TableName}"}, ("TimeToLiveSpecification",)),
            Call("UpdateContinuousBackups", {"TableName": "{TableName}"}, ("PointInTimeRecoverySpecification",)),
        ),
        Tags("Tags", {"ResourceArn": "{Arn}"}, "TagResource", "UntagResource", "Tags", "TagKeys"),
    ),
)
