"""The readers of AWS APIs on answers in the shape those APIs give."""

from typing import Any

import pytest

from meshrig.errors import InvalidInputError
from meshrig.model.appmesh import VirtualNodeSpec
from meshrig.read.aws.apigateway import decode_method_key, read_methods
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
