"""Desired states of a small system."""

from dataclasses import replace
from typing import Any

from meshrig.certs.authority import CertificateAuthority
from meshrig.model.desired import ClusterBacking, DesiredState

AUTHORITY = CertificateAuthority.create()
TEMPLATE = """Parameters:
  Size: {Type: String}
Resources:
  Shop: {Type: AWS::EKS::Cluster}
  Users: {Type: AWS::ECR::Repository}
  Api: {Type: AWS::ApiGateway::RestApi}
"""
API: dict[str, Any] = {
    "name": "shop",
    "stage": {"stageName": "prod", "deploymentId": "d1"},
    "frozen": {
        "resources": [
            {
                "id": "r1",
                "path": "/users",
                "resourceMethods": {
                    "GET": {
                        "methodIntegration": {"type": "HTTP_PROXY", "httpMethod": "GET", "uri": "http://users.test/"}
                    }
                },
            }
        ]
    },
}
BACKING = ClusterBacking("https://127.0.0.1:6443", "Q0E=", "1.34", "localhost")


def desired(**changes: Any) -> DesiredState:
    state = DesiredState(
        stack="shop",
        region="us-east-1",
        template_name="cfn/stack.yaml",
        template_text=TEMPLATE,
        parameters={"Size": "small"},
        backing=BACKING,
        repositories=("meshrig/envoy",),
        ca_certificate=AUTHORITY.ca_pem,
        ca_key=AUTHORITY.key_pem,
    )
    return replace(state, **changes)
