"""Create, describe, update, delete and list of the seven kinds."""

from typing import Any

import pytest
from appmesh_specs import MeshUnderTest, gateway_route_spec, listeners_spec, mesh_under_test, node_spec, route_spec

from meshrig_localstack.appmesh.errors import (
    BadRequestException,
    ConflictException,
    ForbiddenException,
    LimitExceededException,
    NotFoundException,
)
from meshrig_localstack.appmesh.kinds import KINDS, MESH
from meshrig_localstack.appmesh.service_model import appmesh_model
from meshrig_localstack.shapes import shape_problems

KIND_CASES: list[tuple[str, dict[str, str], dict[str, Any], str]] = [
    ("Mesh", {"meshName": "other"}, {"egressFilter": {"type": "ALLOW_ALL"}}, "mesh/other"),
    ("VirtualNode", {"virtualNodeName": "x"}, node_spec(80), "mesh/m/virtualNode/x"),
    ("VirtualRouter", {"virtualRouterName": "x"}, listeners_spec(80), "mesh/m/virtualRouter/x"),
    ("VirtualService", {"virtualServiceName": "x.test"}, {}, "mesh/m/virtualService/x.test"),
    ("VirtualGateway", {"virtualGatewayName": "x"}, listeners_spec(80), "mesh/m/virtualGateway/x"),
    (
        "Route",
        {"virtualRouterName": "r", "routeName": "x"},
        route_spec("n"),
        "mesh/m/virtualRouter/r/route/x",
    ),
    (
        "GatewayRoute",
        {"virtualGatewayName": "g", "gatewayRouteName": "x"},
        gateway_route_spec("s.test"),
        "mesh/m/virtualGateway/g/gatewayRoute/x",
    ),
]


@pytest.fixture
def mesh() -> MeshUnderTest:
    under_test = mesh_under_test()
    under_test.node("n", 80)
    under_test.router("r", 80)
    under_test.gateway("g", 80)
    under_test.service("s.test", virtualNode="n")
    return under_test


def test_every_operation_of_the_model_is_answered() -> None:
    assert sorted(MeshUnderTest().api.operations) == sorted(appmesh_model().operation_names)


@pytest.mark.parametrize(("noun", "names", "spec", "arn_path"), KIND_CASES)
def test_lifecycle_of_a_kind(
    mesh: MeshUnderTest, noun: str, names: dict[str, str], spec: dict[str, Any], arn_path: str
) -> None:
    member = noun[0].lower() + noun[1:]
    created = mesh.call(f"Create{noun}", **names, spec=spec)[member]
    assert created["spec"] == spec
    assert created["status"] == {"status": "ACTIVE"}
    metadata = created["metadata"]
    assert metadata["arn"] == f"arn:aws:appmesh:us-east-1:000000000000:{arn_path}"
    assert (metadata["version"], metadata["meshOwner"], metadata["resourceOwner"]) == (1, "0" * 12, "0" * 12)
    assert mesh.call(f"Describe{noun}", **names)[member] == created

    updated = mesh.call(f"Update{noun}", **names, spec=spec)[member]
    assert updated["metadata"]["version"] == 2
    assert updated["metadata"]["uid"] == metadata["uid"]
    assert updated["metadata"]["createdAt"] == metadata["createdAt"]
    assert updated["metadata"]["lastUpdatedAt"] >= metadata["lastUpdatedAt"]

    deleted = mesh.call(f"Delete{noun}", **names)[member]
    assert deleted == {**updated, "status": {"status": "DELETED"}}
    with pytest.raises(NotFoundException, match="does not exist"):
        mesh.call(f"Describe{noun}", **names)


@pytest.mark.parametrize(("noun", "names", "spec", "_arn_path"), KIND_CASES)
def test_answers_fit_the_output_shapes(
    mesh: MeshUnderTest, noun: str, names: dict[str, str], spec: dict[str, Any], _arn_path: str
) -> None:
    kind = next(kind for kind in KINDS if kind.noun == noun)
    parents = {name: value for name, value in names.items() if name != kind.name_member}
    answers = {f"Create{noun}": mesh.call(f"Create{noun}", **names, spec=spec)}
    answers[f"List{kind.plural}"] = mesh.call(f"List{kind.plural}", **parents)
    answers[f"Delete{noun}"] = mesh.call(f"Delete{noun}", **names)
    for operation, answer in answers.items():
        assert list(shape_problems(appmesh_model().operation_model(operation).output_shape, answer)) == []


@pytest.mark.parametrize("kind", KINDS)
def test_list_pages_by_name(mesh: MeshUnderTest, kind: Any) -> None:
    names = sorted(["b", "a", "c", "d", "e"])
    fixed = {"virtualRouterName": "r", "virtualGatewayName": "g"} if kind.parent else {}
    spec = next(spec for noun, _, spec, _ in KIND_CASES if noun == kind.noun)
    if kind.noun == "VirtualGateway":
        names = names[:2]
    for name in reversed(names):
        mesh.call(f"Create{kind.noun}", **{**fixed, kind.name_member: name}, spec=spec)
    seen: list[str] = []
    token: dict[str, str] = {}
    while True:
        page = mesh.call(f"List{kind.plural}", **fixed, limit=2, **token)
        assert len(page[kind.list_member]) <= 2
        seen += [ref[kind.name_member] for ref in page[kind.list_member]]
        if "nextToken" not in page:
            break
        token = {"nextToken": page["nextToken"]}
    assert [name for name in seen if name in names] == names
    assert seen == sorted(set(seen))


def test_list_with_a_foreign_token(mesh: MeshUnderTest) -> None:
    for token in ("not base64!", "Zm9v", "/w==", "\u00e9"):
        with pytest.raises(BadRequestException, match="nextToken"):
            mesh.call("ListVirtualNodes", nextToken=token)


def test_list_in_an_unknown_mesh_or_router(mesh: MeshUnderTest) -> None:
    with pytest.raises(NotFoundException, match="Mesh nope does not exist"):
        mesh.call("ListVirtualNodes", meshName="nope")
    with pytest.raises(NotFoundException, match="VirtualRouter nope does not exist in mesh m"):
        mesh.call("ListRoutes", virtualRouterName="nope")


def test_a_taken_name_conflicts(mesh: MeshUnderTest) -> None:
    with pytest.raises(ConflictException, match="VirtualNode n already exists in mesh m"):
        mesh.node("n", 80)
    with pytest.raises(ConflictException, match="Mesh m already exists"):
        mesh.call("CreateMesh")


def test_quotas(mesh: MeshUnderTest) -> None:
    mesh.gateway("g2", 80)
    mesh.gateway("g3", 80)
    with pytest.raises(LimitExceededException, match="quota of 3 VirtualGateways"):
        mesh.gateway("g4", 80)
    for number in range(MESH.quota - 1):
        mesh.call("CreateMesh", meshName=f"m{number}")
    with pytest.raises(LimitExceededException, match="quota of 15 Meshes"):
        mesh.call("CreateMesh", meshName="one-too-many")
    backends = [{"virtualService": {"virtualServiceName": f"s{number}"}} for number in range(51)]
    with pytest.raises(LimitExceededException, match="51 backends"):
        mesh.call("CreateVirtualNode", virtualNodeName="hub", spec={"backends": backends})


def test_the_same_token_and_request_get_the_same_answer(mesh: MeshUnderTest) -> None:
    request: dict[str, Any] = {"virtualNodeName": "once", "spec": node_spec(80), "clientToken": "token-1"}
    first = mesh.call("CreateVirtualNode", **request)
    assert mesh.call("CreateVirtualNode", **request) == first
    with pytest.raises(ConflictException, match="token-1 was already used"):
        mesh.call("CreateVirtualNode", **{**request, "spec": node_spec(81)})
    update: dict[str, Any] = {"virtualNodeName": "once", "spec": node_spec(82), "clientToken": "token-1"}
    assert mesh.call("UpdateVirtualNode", **update)["virtualNode"]["metadata"]["version"] == 2
    assert mesh.call("UpdateVirtualNode", **update)["virtualNode"]["metadata"]["version"] == 2


def test_a_token_is_forgotten_with_its_resource(mesh: MeshUnderTest) -> None:
    request: dict[str, Any] = {"virtualNodeName": "once", "spec": {}, "clientToken": "token-1"}
    first = mesh.call("CreateVirtualNode", **request)["virtualNode"]
    mesh.call("DeleteVirtualNode", virtualNodeName="once")
    assert mesh.call("CreateVirtualNode", **request)["virtualNode"]["metadata"]["uid"] != first["metadata"]["uid"]


def test_a_shared_mesh(mesh: MeshUnderTest) -> None:
    guest = "111111111111"
    request: dict[str, Any] = {"virtualNodeName": "guest", "spec": {}, "meshOwner": "000000000000"}
    metadata = mesh.call("CreateVirtualNode", account=guest, **request)["virtualNode"]["metadata"]
    assert metadata["arn"] == f"arn:aws:appmesh:us-east-1:{guest}:mesh/m@000000000000/virtualNode/guest"
    assert (metadata["meshOwner"], metadata["resourceOwner"]) == ("000000000000", guest)
    assert mesh.call("ListTagsForResource", account=guest, resourceArn=metadata["arn"]) == {"tags": []}
    with pytest.raises(ForbiddenException, match="belongs to account 111111111111"):
        mesh.call("DeleteVirtualNode", virtualNodeName="guest")
    with pytest.raises(NotFoundException, match="Mesh m does not exist"):
        mesh.call("DescribeVirtualNode", account=guest, virtualNodeName="guest")
