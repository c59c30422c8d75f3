from typing import Any

import pytest

from meshrig_localstack.cloudformation.template_rules import template_problems


def queue(**properties: Any) -> dict[str, Any]:
    return {"Type": "AWS::SQS::Queue", "Properties": properties}


@pytest.mark.parametrize(
    "asked", [{"Fn::GetAtt": ["Dead", "Arm"]}, {"Fn::GetAtt": "Dead.Arm"}, {"Fn::Sub": "x-${Dead.Arm}"}]
)
def test_an_attribute_that_a_type_does_not_have_is_refused(asked: dict[str, Any]) -> None:
    template = {"Resources": {"Dead": queue(), "Live": queue(Tags=[{"Key": "a", "Value": asked}])}}
    assert template_problems(template, {}) == [
        "Template error: resource Dead does not support attribute type Arm in Fn::GetAtt"
    ]


@pytest.mark.parametrize(
    ("type_name", "attribute"),
    [
        ("AWS::SQS::Queue", "Arn"),
        ("AWS::RDS::DBInstance", "Endpoint.Address"),
        ("AWS::CloudFormation::Stack", "Outputs.Anything"),
        ("Custom::Thing", "Anything"),
        ("AWS::Not::Known", "Anything"),
    ],
)
def test_attributes_that_are_there_or_may_be_pass(type_name: str, attribute: str) -> None:
    output = {"Value": {"Fn::GetAtt": ["It", attribute]}}
    assert template_problems({"Resources": {"It": {"Type": type_name}}, "Outputs": {"O": output}}, {}) == []


def test_a_resource_keeps_its_type() -> None:
    template = {"Resources": {"Q": queue(), "T": {"Type": "AWS::SNS::Topic"}}}
    (problem,) = template_problems(template, {"Q": "AWS::SQS::Queue", "T": "AWS::SQS::Queue"})
    assert problem.endswith("modifies resource type of the following resources: [T]")
    assert template_problems(template, {"Q": "AWS::SQS::Queue", "Gone": "AWS::SQS::Queue"}) == []


def test_what_macros_make_is_not_judged() -> None:
    template = {"Transform": "AWS::Serverless-2016-10-31", "Resources": {"Q": queue(A={"Fn::GetAtt": ["Q", "Nope"]})}}
    assert template_problems(template, {}) == []
