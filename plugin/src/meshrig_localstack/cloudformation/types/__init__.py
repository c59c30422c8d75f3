"""The declared types, by name."""

from collections.abc import Mapping

from meshrig_localstack.cloudformation.declaration import Declaration, Extension
from meshrig_localstack.cloudformation.types import (
    apigateway,
    appmesh,
    cognito,
    ec2,
    ecr,
    eks,
    elbv2,
    extensions,
    monitoring,
    stage,
)

DECLARATIONS: Mapping[str, Declaration] = {
    declaration.type_name: declaration
    for module in (apigateway, appmesh, cognito, ec2, ecr, eks, elbv2, monitoring, stage)
    for declaration in module.DECLARATIONS
}

EXTENSIONS: Mapping[str, Extension] = {extension.type_name: extension for extension in extensions.EXTENSIONS}
