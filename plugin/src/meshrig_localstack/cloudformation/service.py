"""The CloudFormation service with our executor; the plugin chooses it at start."""

from localstack.services.plugins import Service, aws_provider


@aws_provider(api="cloudformation", name="meshrig")
def cloudformation() -> Service:
    from localstack.services.cloudformation.v2 import provider

    from meshrig_localstack.cloudformation.conditions import ConditionalTransform, ConditionalValidator
    from meshrig_localstack.cloudformation.executor import RollbackExecutor
    from meshrig_localstack.cloudformation.stacks import StackProvider

    # LocalStack's provider makes its walkers of a change set by these names of its module.
    provider.ChangeSetModelExecutor = RollbackExecutor
    provider.ChangeSetModelTransform = ConditionalTransform
    provider.ChangeSetModelValidator = ConditionalValidator
    return Service.for_provider(StackProvider())
