"""Read from the AWS APIs what the Envoys must do."""

import http.client
import json
import urllib.error
import urllib.request
from dataclasses import dataclass
from typing import Any

from meshrig.errors import MeshrigError
from meshrig.harness.localstack import Clients
from meshrig.harness.stack import AppliedStack
from meshrig.model.apigateway import GatewayModel
from meshrig.model.appmesh import Mesh, MeshModel
from meshrig.read.aws.apigateway import read_gateway
from meshrig.read.aws.appmesh import read_mesh
from meshrig.read.aws.calls import pages, translated


@dataclass(frozen=True)
class Definitions:
    """The deployed API and the mesh, as the AWS APIs state them."""

    mesh: MeshModel
    gateway: GatewayModel


def read_definitions(clients: Clients, stack: AppliedStack) -> Definitions:
    """The one mesh and the REST APIs of a stack. Raises MeshrigError where the APIs can't be read."""
    physical = physical_ids(clients, stack.name)
    mesh = read_stack_mesh(clients, stack.name, physical) or MeshModel(Mesh(name="none"))
    gateway = read_gateway(
        clients.get("apigateway"),
        clients.get("elbv2"),
        lambda api, deployment: _read_snapshot(clients, api, deployment),
        physical.get("AWS::ApiGateway::RestApi", []),
    )
    return Definitions(mesh, gateway)


def read_stack_mesh(clients: Clients, stack: str, physical: dict[str, list[str]]) -> MeshModel | None:
    """The one mesh among a stack's resources, None without any. Raises MeshrigError for several."""
    meshes = physical.get("AWS::AppMesh::Mesh", [])
    if len(meshes) > 1:
        raise MeshrigError(f"stack {stack} has {len(meshes)} meshes; meshrig runs one", hint="split the template")
    return read_mesh(clients.get("appmesh"), _last_part(meshes[0])) if meshes else None


def read_instance(endpoint: str) -> str:
    """The identity of this LocalStack, new at each of its starts."""
    info = _get_json(f"{endpoint}/_meshrig/info")
    if info is None or "instance" not in info:
        raise MeshrigError(f"what answers at {endpoint} is not LocalStack with meshrig's plugin")
    return str(info["instance"])


def _read_snapshot(clients: Clients, api: str, deployment: str) -> dict[str, Any] | None:
    """The immutable snapshot of a deployment, which no public API of API Gateway shows whole."""
    path = f"/_meshrig/apigateway/restapis/{api}/deployments/{deployment}?region={clients.region}"
    return _get_json(f"{clients.endpoint}{path}")


def _get_json(url: str) -> dict[str, Any] | None:
    """None for 404. Raises MeshrigError where nothing that makes sense answers."""
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    try:
        with opener.open(url, timeout=30) as answer:
            content: dict[str, Any] = json.load(answer)
            return content
    except urllib.error.HTTPError as error:
        if error.code == 404:
            return None
        raise MeshrigError(f"{url} answered {error.code} {error.reason}") from error
    except (OSError, http.client.HTTPException, ValueError) as error:
        raise MeshrigError(f"{url} can't be read: {error}") from error


def physical_ids(clients: Clients, stack: str) -> dict[str, list[str]]:
    """The resources of a stack by their type."""
    found: dict[str, list[str]] = {}
    with translated(f"reading stack {stack}"):
        for resource in pages(
            clients.get("cloudformation"), "list_stack_resources", "StackResourceSummaries", StackName=stack
        ):
            found.setdefault(resource["ResourceType"], []).append(resource["PhysicalResourceId"])
    return found


def _last_part(arn: str) -> str:
    """The mesh's name: CloudFormation's physical id is its ARN."""
    return arn.rpartition("/")[2]
