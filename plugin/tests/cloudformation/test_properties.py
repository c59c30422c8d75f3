"""Coercion and validation against AWS's schemas."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from meshrig_localstack.cloudformation.coercion import coerce_properties
from meshrig_localstack.cloudformation.provider import RefusedError, accepted_properties
from meshrig_localstack.cloudformation.schema import UnknownTypeError, property_path, resource_schema
from meshrig_localstack.cloudformation.types import DECLARATIONS, EXTENSIONS
from meshrig_localstack.cloudformation.validation import property_problems

NODE, BALANCER = "AWS::AppMesh::VirtualNode", "AWS::ElasticLoadBalancingV2::LoadBalancer"


def accepted(type_name: str, properties: dict[str, Any]) -> dict[str, Any]:
    return accepted_properties(resource_schema(type_name), properties)


def node(port: object) -> dict[str, Any]:
    return {"MeshName": "shop", "Spec": {"Listeners": [{"PortMapping": {"Port": port, "Protocol": "http"}}]}}


@given(st.integers(min_value=1, max_value=65535))
def test_numbers_may_be_text(port: int) -> None:
    assert accepted(NODE, node(str(port))) == accepted(NODE, node(port)) == node(port)


@given(st.text().filter(lambda text: not text.strip().lstrip("+-").replace("_", "").isdigit()))
def test_what_is_no_number_is_named_by_its_path(port: str) -> None:
    with pytest.raises(RefusedError, match="#/Spec/Listeners/0/PortMapping/Port: "):
        accepted(NODE, node(port))


@given(st.text(min_size=1).filter(lambda name: name not in resource_schema(NODE).properties))
def test_an_unknown_property_is_named(name: str) -> None:
    with pytest.raises(RefusedError) as refused:
        accepted(NODE, {**node(80), name: 1})
    assert f"extraneous key [{name}] is not permitted" in str(refused.value)


def test_every_problem_is_named_at_once() -> None:
    schema = resource_schema(NODE)
    problems = property_problems(schema, {"Spec": {"Listener": []}, "Arn": "arn:aws:appmesh", "Nope": True})
    assert problems == [
        "#/Arn: is read-only and cannot be specified",
        "#/Spec: extraneous key [Listener] is not permitted",
        "#: extraneous key [Nope] is not permitted",
        "#: required key [MeshName] not found",
    ]


@pytest.mark.parametrize(("value", "shown"), [(False, "false"), ("off", "off")])
def test_yaml_booleans_become_the_text_cloudformation_makes_of_them(value: object, shown: str) -> None:
    properties = {"EnforceSecurityGroupInboundRulesOnPrivateLinkTraffic": value}
    assert coerce_properties(resource_schema(BALANCER).document, properties) == {
        "EnforceSecurityGroupInboundRulesOnPrivateLinkTraffic": shown
    }


def test_one_of_several_properties_is_asked_for() -> None:
    with pytest.raises(RefusedError, match="exactly one of"):
        accepted(BALANCER, {"Type": "network"})


def test_a_type_aws_does_not_know() -> None:
    with pytest.raises(UnknownTypeError, match="AWS::Nope::Thing"):
        resource_schema("AWS::Nope::Thing")


def test_pointers_of_both_spellings() -> None:
    assert property_path("/properties/A/properties/B") == property_path("/properties/A/B") == ("A", "B")


@pytest.mark.parametrize("type_name", [*DECLARATIONS, *EXTENSIONS])
def test_every_deployed_type_has_a_schema_that_names_what_it_lacks(type_name: str) -> None:
    problems = property_problems(resource_schema(type_name), {"NoSuchProperty": 1})
    assert "#: extraneous key [NoSuchProperty] is not permitted" in problems
