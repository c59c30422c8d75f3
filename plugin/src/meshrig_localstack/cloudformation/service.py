"""The CloudFormation service with our executor; the plugin chooses it at start."""

from localstack.services.plugins import Service, aws_provider


@aws_provider(api="cloudformation", name="meshrig")
def cloudformation() -> Service:
    from localstack.services.cloudformation.v2 import provider

    from meshrig_localstack.cloudformation.executor import RollbackExecutor
    from meshrig_localstack.cloudformation.stacks import StackProvider

    # LocalStack's provider makes its executor by this name of its module.
    provider.ChangeSetModelExecutor = RollbackExecutor
    return Service.for_provider(StackProvider())
