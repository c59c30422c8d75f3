"""The declared types, by name."""

from collections.abc import Mapping

from meshrig_localstack.cloudformation.declaration import Declaration
from meshrig_localstack.cloudformation.types import apigateway, appmesh, cognito, ec2, ecr, eks, elbv2, monitoring

DECLARATIONS: Mapping[str, Declaration] = {
    declaration.type_name: declaration
    for module in (apigateway, appmesh, cognito, ec2, ecr, eks, elbv2, monitoring)
    for declaration in module.DECLARATIONS
}
