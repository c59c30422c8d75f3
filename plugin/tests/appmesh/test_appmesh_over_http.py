"""App Mesh of a running LocalStack, through boto3, the AWS CLI's way of calling, and by hand."""

import json
import os
import shutil
import subprocess
import urllib.error
import urllib.request
from typing import Any

import pytest
from appmesh_specs import gateway_route_spec, listeners_spec, node_spec, route_spec
from botocore.exceptions import ClientError
from running_localstack import RunningLocalStack

SCOPE = "AWS4-HMAC-SHA256 Credential=test/20260101/us-east-1/appmesh/aws4_request, SignedHeaders=host, Signature=0"


def error_of(call: Any, **request: Any) -> tuple[int, str, str]:
    with pytest.raises(ClientError) as refused:
        call(**request)
    response = refused.value.response
    return response["ResponseMetadata"]["HTTPStatusCode"], response["Error"]["Code"], response["Error"]["Message"]


def test_a_whole_mesh(localstack: RunningLocalStack) -> None:
    appmesh = localstack.client("appmesh")
    mesh = {"meshName": "whole"}
    assert appmesh.create_mesh(**mesh, tags=[{"key": "a", "value": "b"}])["mesh"]["metadata"]["version"] == 1
    node = appmesh.create_virtual_node(**mesh, virtualNodeName="n", spec=node_spec(80))["virtualNode"]
    appmesh.create_virtual_router(**mesh, virtualRouterName="r", spec=listeners_spec(80))
    appmesh.create_route(**mesh, virtualRouterName="r", routeName="all", spec=route_spec("n"))
    provider = {"provider": {"virtualRouter": {"virtualRouterName": "r"}}}
    appmesh.create_virtual_service(**mesh, virtualServiceName="s.test", spec=provider)
    appmesh.create_virtual_gateway(**mesh, virtualGatewayName="g", spec=listeners_spec(80))
    appmesh.create_gateway_route(
        **mesh, virtualGatewayName="g", gatewayRouteName="all", spec=gateway_route_spec("s.test")
    )

    described = appmesh.describe_virtual_node(**mesh, virtualNodeName="n")["virtualNode"]
    assert described == node
    updated = appmesh.update_virtual_node(**mesh, virtualNodeName="n", spec=node_spec(81))["virtualNode"]
    assert (updated["metadata"]["version"], updated["spec"]) == (2, node_spec(81))
    pages = appmesh.get_paginator("list_meshes").paginate(PaginationConfig={"PageSize": 1})
    assert "whole" in [each["meshName"] for page in pages for each in page["meshes"]]
    tags = appmesh.list_tags_for_resource(resourceArn="arn:aws:appmesh:us-east-1:000000000000:mesh/whole")["tags"]
    assert tags == [{"key": "a", "value": "b"}]

    assert error_of(appmesh.delete_mesh, **mesh)[:2] == (409, "ResourceInUseException")
    appmesh.delete_gateway_route(**mesh, virtualGatewayName="g", gatewayRouteName="all")
    appmesh.delete_virtual_gateway(**mesh, virtualGatewayName="g")
    appmesh.delete_virtual_service(**mesh, virtualServiceName="s.test")
    appmesh.delete_route(**mesh, virtualRouterName="r", routeName="all")
    appmesh.delete_virtual_router(**mesh, virtualRouterName="r")
    appmesh.delete_virtual_node(**mesh, virtualNodeName="n")
    assert appmesh.delete_mesh(**mesh)["mesh"]["status"] == {"status": "DELETED"}


def test_errors_have_awss_codes(localstack: RunningLocalStack) -> None:
    appmesh = localstack.client("appmesh")
    appmesh.create_mesh(meshName="errors")
    assert error_of(appmesh.create_mesh, meshName="errors")[:2] == (409, "ConflictException")
    assert error_of(appmesh.describe_mesh, meshName="none")[:2] == (404, "NotFoundException")
    status, code, message = error_of(
        appmesh.create_virtual_node,
        meshName="errors",
        virtualNodeName="x" * 256,
        spec={"listeners": [{"portMapping": {"port": 70000, "protocol": "udp"}}]},
    )
    assert (status, code) == (400, "BadRequestException")
    assert message.startswith("3 validation errors detected: ")


@pytest.mark.parametrize(
    ("method", "path", "body", "status", "code"),
    [
        ("PUT", "/v20190125/meshes", b'{"meshName"', 400, "SerializationException"),
        ("PUT", "/v20190125/meshes", b'{"meshName": {"a": 1}}', 400, None),
        ("PUT", "/v20190125/meshes", b"{}", 400, "BadRequestException"),
        ("PUT", "/v20190125/meshes/m/virtualNodes", b'{"spec": "x", "virtualNodeName": "n"}', 400, None),
        ("PUT", "/v20190125/meshes/m/virtualNodes", b'{"spec": {"listeners": {"a": 1}}}', 400, None),
        ("GET", "/v20190125/meshes?limit=x", None, 400, "SerializationException"),
        ("GET", "/v20190125/none", None, 404, "UnknownOperationException"),
    ],
)
def test_malformed_requests(
    localstack: RunningLocalStack, method: str, path: str, body: bytes | None, status: int, code: str | None
) -> None:
    headers = {"Authorization": SCOPE, "Content-Type": "application/json"}
    request = urllib.request.Request(f"{localstack.endpoint}{path}", body, headers, method=method)
    with pytest.raises(urllib.error.HTTPError) as refused:
        urllib.request.urlopen(request)
    answer = json.load(refused.value)
    assert refused.value.code == status, answer
    assert code in (None, refused.value.headers["X-Amzn-Errortype"]), answer
    assert answer["message"]


@pytest.mark.skipif(shutil.which("aws") is None, reason="needs the AWS CLI on the PATH")
def test_the_aws_cli(localstack: RunningLocalStack) -> None:
    appmesh = localstack.client("appmesh")
    appmesh.create_mesh(meshName="cli")
    appmesh.create_virtual_node(meshName="cli", virtualNodeName="n", spec=node_spec(80))
    command = ["aws", "--endpoint-url", localstack.endpoint, "appmesh", "describe-virtual-node"]
    keys = {
        "PATH": os.environ["PATH"],
        "AWS_ACCESS_KEY_ID": "000000000000",
        "AWS_SECRET_ACCESS_KEY": "test",
        "AWS_DEFAULT_REGION": "us-east-1",
    }
    finished = subprocess.run(
        [*command, "--mesh-name", "cli", "--virtual-node-name", "n"], env=keys, capture_output=True, check=True
    )
    assert json.loads(finished.stdout)["virtualNode"]["spec"] == node_spec(80)
