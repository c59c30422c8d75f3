"""The CloudFormation service with our executor; the plugin chooses it at start."""

from localstack.services.plugins import Service, aws_provider


@aws_provider(api="cloudformation", name="meshrig")
def cloudformation() -> Service:
    from localstack.services.cloudformation.v2 import provider

    from meshrig_localstack.cloudformation.executor import RollbackExecutor

    # The provider makes its executor by this name of its module.
    provider.ChangeSetModelExecutor = RollbackExecutor
    return Service.for_provider(provider.CloudformationProviderV2())
