"""The readers of AWS APIs on answers in the shape those APIs give."""

from typing import Any

import pytest
from botocore.exceptions import ClientError

from meshrig.errors import InvalidInputError, MeshrigError
from meshrig.model.appmesh import VirtualNodeSpec
from meshrig.read.aws.apigateway import decode_method_key, read_methods
from meshrig.read.aws.appmesh import read_mesh
from meshrig.read.aws.elbv2 import read_load_balancers
from meshrig.read.aws.structure import build

SPEC: dict[str, Any] = {
    "listeners": [
        {
            "portMapping": {"port": 8080, "protocol": "http"},
            "tls": {
                "mode": "STRICT",
                "certificate": {"file": {"certificateChain": "/c", "privateKey": "/k"}},
                "validation": {
                    "trust": {"file": {"certificateChain": "/ca"}},
                    "subjectAlternativeNames": {"match": {"exact": ["a", "b"]}},
                },
            },
        }
    ],
    "serviceDiscovery": {"dns": {"hostname": "users.local"}},
}


def test_a_spec_becomes_dataclasses() -> None:
    spec = build(VirtualNodeSpec, SPEC, "VirtualNode/users.spec")
    tls = spec.listeners[0].tls
    assert tls is not None
    assert tls.validation is not None
    assert tls.validation.subject_alternative_names is not None
    assert tls.validation.subject_alternative_names.match.exact == ("a", "b")
    assert spec.service_discovery is not None
    assert spec.service_discovery.dns is not None
    assert spec.service_discovery.dns.response_type == "LOADBALANCER"


def test_an_unknown_property_is_an_error_with_its_path() -> None:
    with pytest.raises(InvalidInputError, match=r"VirtualNode/users\.spec\.listeners\[0\]\.novelty: this property"):
        build(VirtualNodeSpec, {"listeners": [{**SPEC["listeners"][0], "novelty": 1}]}, "VirtualNode/users.spec")


@pytest.mark.parametrize(
    ("key", "expected"),
    [
        ("*/*", ("*", "*")),
        ("~1orders/POST", ("/orders", "POST")),
        ("/~1orders/POST", ("/orders", "POST")),
        ("orders/POST", ("/orders", "POST")),
        ("~1orders~1{id}/GET", ("/orders/{id}", "GET")),
        ("~1/GET", ("/", "GET")),
    ],
)
def test_method_keys_in_all_their_spellings(key: str, expected: tuple[str, str]) -> None:
    assert decode_method_key(key) == expected


def test_methods_carry_their_integration() -> None:
    integration = {"type": "HTTP_PROXY", "httpMethod": "POST", "uri": "http://nlb/orders", "connectionType": "VPC_LINK"}
    method = {"authorizationType": "NONE", "requestValidatorId": "v", "methodIntegration": integration}
    frozen = {
        "resources": [{"id": "r", "path": "/orders", "resourceMethods": {"POST": method}}, {"id": "root", "path": "/"}],
        "requestValidators": [{"id": "v", "validateRequestParameters": True}],
    }
    (found,) = read_methods(frozen)
    assert (found.resource_path, found.http_method) == ("/orders", "POST")
    assert found.integration is not None
    assert found.integration.timeout_ms == 29_000
    assert found.validator is not None
    assert found.validator.validate_parameters


class FakeAppMesh:
    """``nodes``: name -> spec, or the code of the error that describing it gives."""

    def __init__(self, nodes: dict[str, Any]) -> None:
        self.nodes = nodes

    def get_paginator(self, operation: str) -> "FakeAppMesh":
        self._asked = operation
        return self

    def paginate(self, **_: str) -> list[dict[str, Any]]:
        named = [{"virtualNodeName": name} for name in self.nodes]
        return [{"virtualNodes": named}] if self._asked == "list_virtual_nodes" else [{}]

    def describe_mesh(self, **_: str) -> dict[str, Any]:
        return {"mesh": {"meshName": "shop"}}

    def describe_virtual_node(self, *, virtualNodeName: str, **_: str) -> dict[str, Any]:  # noqa: N803
        found = self.nodes[virtualNodeName]
        if isinstance(found, str):
            raise ClientError({"Error": {"Code": found, "Message": "no"}}, "DescribeVirtualNode")
        return {"virtualNode": {"spec": found}}

    def describe_virtual_service(self, **_: str) -> dict[str, Any]:
        raise NotImplementedError


def test_what_was_deleted_while_it_was_read_is_not_there() -> None:
    mesh = read_mesh(FakeAppMesh({"users": SPEC, "gone": "NotFoundException"}), "shop")
    assert list(mesh.virtual_nodes) == ["users"]


def test_a_refused_call_is_said_in_words() -> None:
    with pytest.raises(MeshrigError, match=r"reading mesh shop: .*AccessDenied"):
        read_mesh(FakeAppMesh({"users": "AccessDenied"}), "shop")


def test_all_problems_of_a_mesh_come_together() -> None:
    with pytest.raises(InvalidInputError) as error:
        read_mesh(FakeAppMesh({"a": {"novelty": 1}, "b": {"listeners": 2}}), "shop")
    assert [str(problem) for problem in error.value.problems] == [
        "VirtualNode/a.spec.novelty: this property is not supported yet",
        "VirtualNode/b.spec.listeners: 2 is not a list",
    ]


class FakeLoadBalancers:
    def get_paginator(self, operation: str) -> "FakeLoadBalancers":
        self._asked = operation
        return self

    def paginate(self, **_: str) -> list[dict[str, Any]]:
        names = {"LoadBalancerName": "x", "DNSName": "x.elb"}
        balancers = [{"LoadBalancerArn": kind, "Type": kind, **names} for kind in ("network", "application")]
        forward = {"Type": "forward", "ForwardConfig": {"TargetGroups": [{"TargetGroupArn": "group"}]}}
        listeners = [{"Port": 80, "Protocol": "TCP", "DefaultActions": [forward]}]
        return [{"LoadBalancers": balancers} if self._asked == "describe_load_balancers" else {"Listeners": listeners}]

    def describe_target_health(self, **_: str) -> dict[str, Any]:
        raise NotImplementedError


def test_only_network_load_balancers_count_whichever_way_their_target_group_is_said() -> None:
    found = read_load_balancers(FakeLoadBalancers())
    assert list(found) == ["network"]
    assert [listener.target_group_arn for listener in found["network"].listeners] == ["group"]
