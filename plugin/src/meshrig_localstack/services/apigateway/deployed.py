"""What a deployment froze, served over HTTP.

API Gateway's public API shows a deployment's content in one place, ``GetExport`` of a stage. LocalStack's ``GetExport``
reads the draft instead and leaves out VPC links, validators and gateway responses, so the plugin keeps its own copy,
taken through the public API at ``CreateDeployment`` (API Gateway guide, "how-to-deploy-api": what it contains).
"""

from collections.abc import Iterator
from datetime import datetime
from typing import Any

from localstack.aws.api import RequestContext
from localstack.aws.connect import connect_to
from localstack.constants import DEFAULT_AWS_ACCOUNT_ID
from localstack.http import Request, Response
from localstack.services.stores import AccountRegionBundle, BaseStore, LocalAttribute

SNAPSHOT_PATH = "/_meshrig/apigateway/restapis/<rest_api_id>/deployments/<deployment_id>"
DEFAULT_REGION = "us-east-1"
PAGE = 500

Snapshot = dict[str, Any]
"""``restApi``: GetRestApi; ``resources``: the items of GetResources(embed=methods); ``requestValidators``, ``models``,
``authorizers``, ``gatewayResponses``: the items of their Get operations. Timestamps are ISO 8601."""


class SnapshotStore(BaseStore):
    snapshots: dict[tuple[str, str], Snapshot] = LocalAttribute(default=dict)


snapshot_stores: AccountRegionBundle[SnapshotStore] = AccountRegionBundle("apigateway", SnapshotStore)


def take_snapshot(context: RequestContext, rest_api_id: str, deployment_id: str) -> None:
    """Copies the API as it is now under the deployment's id."""
    client = connect_to(aws_access_key_id=context.account_id, region_name=context.region).apigateway
    api = client.get_rest_api(restApiId=rest_api_id)
    api.pop("ResponseMetadata")
    snapshot = {
        "restApi": api,
        "resources": list(_items(client, "get_resources", rest_api_id, embed=["methods"])),
        "requestValidators": list(_items(client, "get_request_validators", rest_api_id)),
        "models": list(_items(client, "get_models", rest_api_id)),
        "authorizers": list(_items(client, "get_authorizers", rest_api_id)),
        "gatewayResponses": list(_items(client, "get_gateway_responses", rest_api_id)),
    }
    snapshot_stores[context.account_id][context.region].snapshots[rest_api_id, deployment_id] = _plain(snapshot)


def drop_snapshots(context: RequestContext, rest_api_id: str, deployment_id: str | None = None) -> None:
    """Forgets one deployment, or every deployment of an API."""
    snapshots = snapshot_stores[context.account_id][context.region].snapshots
    gone = [key for key in snapshots if key[0] == rest_api_id and deployment_id in (None, key[1])]
    for key in gone:
        del snapshots[key]


def deployed_snapshot(request: Request, rest_api_id: str, deployment_id: str) -> Response:
    """``GET /_meshrig/apigateway/restapis/{id}/deployments/{id}?region=&account=``: a Snapshot, or 404."""
    region = request.args.get("region", DEFAULT_REGION)
    account = request.args.get("account", DEFAULT_AWS_ACCOUNT_ID)
    snapshot = snapshot_stores[account][region].snapshots.get((rest_api_id, deployment_id))
    response = Response(status=200 if snapshot else 404)
    where = f"account {account}, region {region}"
    response.set_json(snapshot or {"error": f"no deployment {deployment_id} of REST API {rest_api_id} in {where}"})
    return response


def _items(client: Any, operation: str, rest_api_id: str, **more: Any) -> Iterator[Any]:
    position: dict[str, str] = {}
    while True:
        page = getattr(client, operation)(restApiId=rest_api_id, limit=PAGE, **more, **position)
        yield from page.get("items", [])
        if not page.get("position"):
            return
        position = {"position": page["position"]}


def _plain(value: Any) -> Any:
    """The value with timestamps as text, so that it is JSON."""
    if isinstance(value, dict):
        return {key: _plain(member) for key, member in value.items()}
    if isinstance(value, list):
        return [_plain(member) for member in value]
    return value.isoformat() if isinstance(value, datetime) else value
