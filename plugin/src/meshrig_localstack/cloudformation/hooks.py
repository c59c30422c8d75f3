"""What the CloudFormation part of the plugin does when LocalStack starts."""

from localstack.runtime import hooks


@hooks.on_infra_start()
def prepare_cloudformation() -> None:
    """Puts our resource providers in front of LocalStack's own of the same type, and repairs its engine."""
    from meshrig_localstack.cloudformation.precedence import prefer_our_types

    prefer_our_types()
