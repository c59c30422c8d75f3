"""LocalStack's API Gateway with VPC links checked against the load balancers that exist."""

import re
from typing import Any, override

from botocore.exceptions import ClientError
from localstack.aws.api import RequestContext, handler
from localstack.aws.api.apigateway import (
    BadRequestException,
    ConflictException,
    Deployment,
    ListOfString,
    MapOfStringToString,
    NotFoundException,
    PatchOperation,
    Stage,
    String,
    VpcLink,
)
from localstack.aws.connect import connect_to
from localstack.services.apigateway.helpers import get_apigateway_store, get_moto_rest_api
from localstack.services.apigateway.next_gen.provider import ApigatewayNextGenProvider
from localstack.services.edge import ROUTER
from moto.apigateway.models import Integration

from meshrig_localstack.services.apigateway.deployed import (
    SNAPSHOT_PATH,
    deployed_snapshot,
    drop_snapshots,
    take_snapshot,
)

METHOD_SETTING = re.compile(r"/[^/]+/[^/]+")


class DeployedApigatewayProvider(ApigatewayNextGenProvider):
    """Adds rules of ``CreateVpcLink`` and ``DeleteVpcLink`` (API Gateway guide, "vpc-links-v1")."""

    @override
    def on_after_init(self) -> None:
        super().on_after_init()
        show_connection_ids()
        ROUTER.add(SNAPSHOT_PATH, deployed_snapshot, methods=["GET"])

    @handler("UpdateStage")
    def update_stage(
        self,
        context: RequestContext,
        rest_api_id: String,
        stage_name: String,
        patch_operations: list[PatchOperation] | None = None,
        **kwargs: Any,
    ) -> Stage:
        kept = []
        for operation in patch_operations or []:
            if operation["op"] == "remove" and METHOD_SETTING.fullmatch(operation["path"]):
                _remove_method_setting(context, rest_api_id, stage_name, operation["path"])
            else:
                kept.append(operation)
        try:
            answer: Stage = super().update_stage(context, rest_api_id, stage_name, kept, **kwargs)
        except ValueError as error:
            # LocalStack converts values as it goes, and would answer 500.
            raise BadRequestException(f"Invalid patch value specified: {error}") from error
        return answer

    @override
    def create_deployment(self, context: RequestContext, rest_api_id: String, **kwargs: Any) -> Deployment:
        deployment: Deployment = super().create_deployment(context, rest_api_id, **kwargs)
        take_snapshot(context, rest_api_id, deployment["id"])
        return deployment

    @override
    def delete_deployment(
        self, context: RequestContext, rest_api_id: String, deployment_id: String, **kwargs: Any
    ) -> None:
        super().delete_deployment(context, rest_api_id, deployment_id, **kwargs)
        drop_snapshots(context, rest_api_id, deployment_id)

    @handler("DeleteRestApi")
    def delete_rest_api(self, context: RequestContext, rest_api_id: String, **kwargs: Any) -> None:
        super().delete_rest_api(context, rest_api_id, **kwargs)
        drop_snapshots(context, rest_api_id)

    @override
    def create_vpc_link(
        self,
        context: RequestContext,
        name: String,
        target_arns: ListOfString,
        description: String | None = None,
        tags: MapOfStringToString | None = None,
        **kwargs: Any,
    ) -> VpcLink:
        _require_network_load_balancer(context, target_arns)
        answer = super().create_vpc_link(context, name, target_arns, description, tags, **kwargs)
        stored = get_apigateway_store(context=context).vpc_links[answer["id"]]
        stored["tags"] = dict(tags or {})
        return VpcLink(**{**answer, "tags": stored["tags"]})

    @override
    def delete_vpc_link(self, context: RequestContext, vpc_link_id: String, **kwargs: Any) -> None:
        user = _method_using(context, vpc_link_id)
        if user:
            raise ConflictException(f"Cannot delete vpc link. Vpc link '{vpc_link_id}', is referenced in {user}")
        super().delete_vpc_link(context, vpc_link_id, **kwargs)


def show_connection_ids() -> None:
    """LocalStack keeps an integration's VPC link beside moto's record, where GetResources does not find it."""
    to_json = Integration.to_json

    def with_connection_id(self: Integration) -> dict[str, Any]:
        shown: dict[str, Any] = to_json(self)
        link = getattr(self, "connection_id", None)
        return {**shown, "connectionId": link} if link else shown

    Integration.to_json = with_connection_id


def _remove_method_setting(context: RequestContext, rest_api_id: str, stage_name: str, path: str) -> None:
    """``/~1orders/POST`` removed as a whole: AWS allows it, LocalStack only for ``/*/*``."""
    stage = get_moto_rest_api(context, rest_api_id).stages.get(stage_name)
    if stage is None:
        raise NotFoundException("Invalid Stage identifier specified")
    if stage.method_settings.pop(path.removeprefix("/"), None) is None:
        key = path.removeprefix("/")
        raise BadRequestException(
            f"Cannot remove method setting {key} because there is no method setting for this method "
        )


def _require_network_load_balancer(context: RequestContext, arns: list[str]) -> None:
    if len(arns) != 1:
        raise BadRequestException("Only one NLB ARN is allowed per VpcLink. More than one NLB ARN was found")
    client = connect_to(aws_access_key_id=context.account_id, region_name=context.region).elbv2
    try:
        found = client.describe_load_balancers(LoadBalancerArns=arns)["LoadBalancers"]
    except ClientError as error:
        raise BadRequestException(f"Could not find the NLB {arns[0]}: {error.response['Error']['Message']}") from error
    if found[0]["Type"] != "network":
        raise BadRequestException(f"Failed to create a VpcLink: {arns[0]} is not a network load balancer")


def _method_using(context: RequestContext, link: str) -> str | None:
    """The first method whose integration goes through the link, as AWS names it in the refusal."""
    client = connect_to(aws_access_key_id=context.account_id, region_name=context.region).apigateway
    for api in client.get_rest_apis(limit=500)["items"]:
        for resource in client.get_resources(restApiId=api["id"], embed=["methods"], limit=500)["items"]:
            for verb, method in resource.get("resourceMethods", {}).items():
                if method.get("methodIntegration", {}).get("connectionId") == link:
                    return f"[Method '{verb}' of resource '{resource['path']}' of REST API '{api['id']}']"
    return None
