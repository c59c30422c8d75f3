"""The entry points of the services: LocalStack imports this module to list them, so the work happens on first use."""

from localstack.services.plugins import Service, aws_provider


@aws_provider(api="eks")
def eks() -> Service:
    from meshrig_localstack.services.eks.provider import EksProvider

    return Service.for_provider(EksProvider())


@aws_provider(api="elbv2")
def elbv2() -> Service:
    from meshrig_localstack.services.delegation import moto_service
    from meshrig_localstack.services.elbv2 import LoadBalancingProvider

    return moto_service("elbv2", LoadBalancingProvider())


@aws_provider(api="ecr")
def ecr() -> Service:
    from meshrig_localstack.services.delegation import moto_service
    from meshrig_localstack.services.ecr.parts import ecr_parts
    from meshrig_localstack.services.ecr.provider import EcrProvider, MotoEcrProvider

    parts = ecr_parts()
    return moto_service("ecr", MotoEcrProvider() if parts is None else EcrProvider(parts))


@aws_provider(api="xray")
def xray() -> Service:
    from meshrig_localstack.services.delegation import moto_service

    return moto_service("xray")


@aws_provider(api="cognito-idp")
def cognito_idp() -> Service:
    from meshrig_localstack.services.delegation import moto_service

    return moto_service("cognito-idp")


@aws_provider(api="autoscaling")
def autoscaling() -> Service:
    from meshrig_localstack.services.delegation import moto_service

    return moto_service("autoscaling")


@aws_provider(api="apigateway", name="meshrig")
def apigateway() -> Service:
    from localstack.services.moto import MotoFallbackDispatcher

    from meshrig_localstack.services.apigateway.provider import DeployedApigatewayProvider

    return Service.for_provider(DeployedApigatewayProvider(), dispatch_table_factory=MotoFallbackDispatcher)
