"""Tells LocalStack which CloudFormation types this installation can deploy.

LocalStack 4.14 asks a catalog it downloads from its vendor's servers. Without that download every type, even those it
implements, counts as unsupported as soon as ``CFN_IGNORE_UNSUPPORTED_RESOURCE_TYPES=0``. LocalStack prefers a catalog
plugin of the name below over the downloading one, which makes the answer local and the same with and without a network.
"""

from typing import override

from localstack.services.cloudformation.resource_provider import plugin_manager
from localstack.utils.catalog.catalog import (
    AwsServicesSupportStatus,
    CatalogPlugin,
    CfnResourceSupportStatus,
)
from localstack.utils.catalog.common import (
    CloudFormationResourcesSupportAtRuntime,
    CloudFormationResourcesSupportInLatest,
)


class InstalledTypesCatalog(CatalogPlugin):
    """A type is available exactly when a resource provider of that name is installed."""

    name = "aws-catalog-remote-state-with-license"

    @override
    def get_aws_service_status(
        self, service_name: str, operation_name: str | None = None
    ) -> AwsServicesSupportStatus | None:
        return None

    @override
    def get_cloudformation_resource_status(
        self, resource_name: str, service_name: str, is_pro_resource: bool = False
    ) -> CfnResourceSupportStatus | None:
        if plugin_manager.exists(resource_name):
            return CloudFormationResourcesSupportAtRuntime.AVAILABLE
        return CloudFormationResourcesSupportInLatest.NOT_SUPPORTED
