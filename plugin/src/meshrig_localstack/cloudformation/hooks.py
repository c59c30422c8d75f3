"""What the CloudFormation part of the plugin does when LocalStack starts."""

import os

from localstack import config
from localstack.runtime import hooks

UNKNOWN_TYPES = "CFN_IGNORE_UNSUPPORTED_RESOURCE_TYPES"
OUR_SERVICES = ("apigateway", "cloudformation")
OUR_PROVIDER = "meshrig"


@hooks.on_infra_start()
def prepare_cloudformation() -> None:
    """Chooses our services and types over LocalStack's own, and lets a type no one knows fail its stack.

    The environment wins: ``PROVIDER_OVERRIDE_<SERVICE>=default`` and ``CFN_IGNORE_UNSUPPORTED_RESOURCE_TYPES=1`` bring
    LocalStack's own behaviour back.
    """
    from meshrig_localstack.cloudformation.precedence import prefer_our_types

    prefer_our_types()
    config.SERVICE_PROVIDER_CONFIG.bulk_set_provider_if_not_exists(list(OUR_SERVICES), OUR_PROVIDER)
    if UNKNOWN_TYPES not in os.environ:
        config.CFN_IGNORE_UNSUPPORTED_RESOURCE_TYPES = False
