"""Deployments that fail: they say why, and leave what was there before."""

import json
from typing import Any

import pytest
from botocore.exceptions import ClientError
from deploying import Stack
from running_localstack import RunningLocalStack


def template(**resources: dict[str, Any]) -> str:
    return json.dumps({"Resources": resources})


def mesh(name: str, **more: Any) -> dict[str, Any]:
    return {"Type": "AWS::AppMesh::Mesh", "Properties": {"MeshName": name, **more}}


def node(mesh_name: str, **more: Any) -> dict[str, Any]:
    properties = {"MeshName": mesh_name, "VirtualNodeName": "n", "Spec": {}, **more}
    return {"Type": "AWS::AppMesh::VirtualNode", "DependsOn": "Mesh", "Properties": properties}


def mesh_names(localstack: RunningLocalStack) -> set[str]:
    client: Any = localstack.client("appmesh")
    return {each["meshName"] for each in client.list_meshes()["meshes"]}


def test_an_unknown_type_fails_the_stack_with_its_name(localstack: RunningLocalStack) -> None:
    stack = Stack(localstack, "unknown-type")
    outcome = stack.create(template(Mesh=mesh("unknown-type"), Thing={"Type": "AWS::Nope::Thing"}))
    assert outcome.status == "CREATE_FAILED"
    assert "AWS::Nope::Thing" in outcome.reasons
    assert "unknown-type" not in mesh_names(localstack)
    assert stack.delete() == "DELETE_COMPLETE"


@pytest.mark.parametrize("update", ["update", "update_by_change_set"])
def test_an_update_with_an_unknown_type_changes_nothing(localstack: RunningLocalStack, update: str) -> None:
    name = f"unknown-{update.replace('_', '-')}"
    stack, good = Stack(localstack, name), template(Mesh=mesh(name))
    created = stack.create(good)
    outcome = getattr(stack, update)(template(Mesh=mesh(name), Thing={"Type": "AWS::Nope::Thing"}))
    assert "AWS::Nope::Thing" in outcome.reasons
    assert outcome.references == created.references
    changed = template(Mesh=mesh(name, Spec={"EgressFilter": {"Type": "ALLOW_ALL"}}))
    assert stack.update(changed).status == "UPDATE_COMPLETE"
    assert stack.delete() == "DELETE_COMPLETE"


def test_a_template_error_is_refused_before_anything_is_made(localstack: RunningLocalStack) -> None:
    stack = Stack(localstack, "template-error")
    broken = node("template-error", VirtualNodeName={"Fn::GetAtt": ["Mesh", "Nope"]})
    with pytest.raises(ClientError, match="resource Mesh does not support attribute type Nope in Fn::GetAtt"):
        stack.create(template(Mesh=mesh("template-error"), Node=broken))
    assert "template-error" not in mesh_names(localstack)


@pytest.mark.parametrize("update", ["update", "update_by_change_set"])
def test_a_resource_cannot_become_another_type(localstack: RunningLocalStack, update: str) -> None:
    name = f"new-type-{update.replace('_', '-')}"
    stack = Stack(localstack, name)
    created = stack.create(template(Mesh=mesh(name)))
    with pytest.raises(ClientError, match="Update of resource type is not permitted"):
        getattr(stack, update)(template(Mesh={"Type": "AWS::SQS::Queue"}))
    assert stack.update(template(Mesh=mesh(name, Spec={}))).references == created.references
    assert stack.delete() == "DELETE_COMPLETE"


@pytest.mark.parametrize(
    ("properties", "reason"),
    [
        ({"Speck": {}}, "extraneous key [Speck] is not permitted"),
        ({"Spec": {"EgressFilter": {"Type": "ALL", "Kind": 1}}}, "#/Spec/EgressFilter: extraneous key [Kind]"),
        ({"Spec": "yes"}, "#/Spec: 'yes' is not of type 'object'"),
        ({"Arn": "a"}, "#/Arn: is read-only"),
    ],
)
def test_a_bad_property_fails_its_resource_by_name(
    localstack: RunningLocalStack, properties: dict[str, Any], reason: str
) -> None:
    stack = Stack(localstack, "bad-property")
    outcome = stack.create(template(Mesh=mesh("bad-property", **properties)))
    assert outcome.status == "ROLLBACK_COMPLETE"
    assert reason in outcome.reasons
    assert stack.delete() == "DELETE_COMPLETE"


def test_the_services_refusal_is_passed_on(localstack: RunningLocalStack) -> None:
    stack = Stack(localstack, "refused")
    outcome = stack.create(template(Mesh=mesh("refused"), Node=node("elsewhere")))
    assert outcome.status == "ROLLBACK_COMPLETE"
    assert "Mesh elsewhere does not exist" in outcome.reasons
    assert "NotFoundException" in outcome.reasons
    assert "refused" not in mesh_names(localstack)
    with pytest.raises(ClientError, match="ROLLBACK_COMPLETE state and can not be updated"):
        stack.update(template(Mesh=mesh("refused")))
    assert stack.delete() == "DELETE_COMPLETE"


@pytest.mark.parametrize("update", ["update", "update_by_change_set"])
def test_a_failed_update_leaves_everything_as_it_was(localstack: RunningLocalStack, update: str) -> None:
    name = f"kept-{update.replace('_', '-')}"
    good = template(Mesh=mesh(name, Spec={"EgressFilter": {"Type": "DROP_ALL"}}), Node=node(name))
    stack = Stack(localstack, name)
    created = stack.create(good)
    changed = mesh(name, Spec={"EgressFilter": {"Type": "ALLOW_ALL"}})
    added = {"Type": "AWS::AppMesh::Mesh", "Properties": {"MeshName": f"{name}-added"}}
    outcome = getattr(stack, update)(template(Mesh=changed, Added=added, Node=node("elsewhere")))
    assert outcome.status == "UPDATE_ROLLBACK_COMPLETE"
    assert outcome.references == created.references
    appmesh: Any = localstack.client("appmesh")
    assert appmesh.describe_mesh(meshName=name)["mesh"]["spec"] == {"egressFilter": {"type": "DROP_ALL"}}
    assert appmesh.describe_virtual_node(meshName=name, virtualNodeName="n")["virtualNode"]["meshName"] == name
    assert f"{name}-added" not in mesh_names(localstack)
    better = template(Mesh=changed, Node=node(name))
    assert stack.update(better).status == "UPDATE_COMPLETE"
    assert appmesh.describe_mesh(meshName=name)["mesh"]["spec"] == {"egressFilter": {"type": "ALLOW_ALL"}}
    assert stack.delete() == "DELETE_COMPLETE"
    assert name not in mesh_names(localstack)


def test_a_resource_that_cannot_be_deleted_fails_the_deletion(localstack: RunningLocalStack) -> None:
    stack, appmesh = Stack(localstack, "held"), localstack.client("appmesh")
    client: Any = appmesh
    assert stack.create(template(Mesh=mesh("held"))).status == "CREATE_COMPLETE"
    client.create_virtual_router(meshName="held", virtualRouterName="r", spec={})
    assert stack.delete() == "DELETE_FAILED"
    client.delete_virtual_router(meshName="held", virtualRouterName="r")
    assert stack.delete() == "DELETE_COMPLETE"
    assert "held" not in mesh_names(localstack)


def test_an_update_localstack_cannot_do_is_said_not_swallowed(localstack: RunningLocalStack) -> None:
    def policy(text: str) -> str:
        statement = {"Sid": text, "Effect": "Allow", "Action": "s3:GetObject", "Resource": "*"}
        properties = {
            "ManagedPolicyName": "swallowed",
            "PolicyDocument": {"Version": "2012-10-17", "Statement": [statement]},
        }
        return template(Policy={"Type": "AWS::IAM::ManagedPolicy", "Properties": properties})

    stack = Stack(localstack, "swallowed")
    assert stack.create(policy("a")).status == "CREATE_COMPLETE"
    outcome = stack.update(policy("b"))
    assert outcome.status == "UPDATE_ROLLBACK_COMPLETE"
    assert "AWS::IAM::ManagedPolicy: LocalStack cannot change PolicyDocument in place" in outcome.reasons
    assert stack.delete() == "DELETE_COMPLETE"


def test_a_resource_deleted_behind_the_stacks_back_is_no_obstacle(localstack: RunningLocalStack) -> None:
    stack, client = Stack(localstack, "vanished"), localstack.client("appmesh")
    appmesh: Any = client
    assert stack.create(template(Mesh=mesh("vanished"))).status == "CREATE_COMPLETE"
    appmesh.delete_mesh(meshName="vanished")
    assert stack.delete() == "DELETE_COMPLETE"


def test_a_part_whose_condition_turns_false_is_removed(localstack: RunningLocalStack) -> None:
    name: dict[str, Any] = {"Fn::GetAtt": ["More", "MeshName"]}
    child = {"Type": "AWS::AppMesh::VirtualNode", "Condition": "HasMore"}
    conditional: dict[str, Any] = {
        "Parameters": {"Has": {"Type": "String"}},
        "Conditions": {"HasMore": {"Fn::Equals": [{"Ref": "Has"}, "yes"]}},
        "Resources": {
            "Child": {**child, "Properties": {"MeshName": name, "VirtualNodeName": "n", "Spec": {}}},
            "Mesh": mesh("halved"),
            "More": {**mesh("halved-more"), "Condition": "HasMore"},
        },
        "Outputs": {"More": {"Condition": "HasMore", "Value": name}},
    }
    body, stack = json.dumps(conditional), Stack(localstack, "halved")
    assert stack.create(body, Has="yes").outputs == {"More": "halved-more"}
    halved = stack.update(body, Has="no")
    assert (halved.status, set(halved.references), halved.outputs) == ("UPDATE_COMPLETE", {"Mesh"}, {})
    assert "halved-more" not in mesh_names(localstack)
    assert stack.update(body, Has="yes").status == "UPDATE_COMPLETE"
    assert "halved-more" in mesh_names(localstack)
    assert stack.update(body, Has="no").status == "UPDATE_COMPLETE"
    assert stack.delete() == "DELETE_COMPLETE"
    assert not {"halved", "halved-more"} & mesh_names(localstack)
