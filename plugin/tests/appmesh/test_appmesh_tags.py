"""Tags on resources."""

import pytest
from appmesh_specs import MeshUnderTest, mesh_under_test

from meshrig_localstack.appmesh.errors import BadRequestException, NotFoundException, TooManyTagsException


def tags(count: int, prefix: str = "k") -> list[dict[str, str]]:
    return [{"key": f"{prefix}{number:02}", "value": "v"} for number in range(count)]


@pytest.fixture
def mesh() -> MeshUnderTest:
    return mesh_under_test()


def test_tag_list_and_untag(mesh: MeshUnderTest) -> None:
    spec: dict[str, object] = {}
    created = mesh.call("CreateVirtualNode", virtualNodeName="n", spec=spec, tags=tags(2))["virtualNode"]
    arn = created["metadata"]["arn"]
    mesh.call("TagResource", resourceArn=arn, tags=[{"key": "k01", "value": "new"}, {"key": "a", "value": ""}])
    expected = [{"key": "a", "value": ""}, {"key": "k00", "value": "v"}, {"key": "k01", "value": "new"}]
    assert mesh.call("ListTagsForResource", resourceArn=arn) == {"tags": expected}
    mesh.call("UntagResource", resourceArn=arn, tagKeys=["a", "k01", "unknown"])
    assert mesh.call("ListTagsForResource", resourceArn=arn) == {"tags": expected[1:2]}
    assert mesh.call("DescribeVirtualNode", virtualNodeName="n")["virtualNode"]["metadata"]["version"] == 1


def test_fifty_tags_and_their_pages(mesh: MeshUnderTest) -> None:
    arn = mesh.call("CreateMesh", meshName="tagged", tags=tags(50))["mesh"]["metadata"]["arn"]
    with pytest.raises(TooManyTagsException, match="would make 51"):
        mesh.call("TagResource", resourceArn=arn, tags=tags(1, "more"))
    first = mesh.call("ListTagsForResource", resourceArn=arn, limit=30)
    rest = mesh.call("ListTagsForResource", resourceArn=arn, limit=30, nextToken=first["nextToken"])
    assert first["tags"] + rest["tags"] == tags(50)
    assert "nextToken" not in rest


@pytest.mark.parametrize(
    ("bad", "problem"),
    [
        (tags(51), "length less than or equal to 50"),
        (tags(1) * 2, "'k00' 2 times"),
        ([{"key": "AWS:x", "value": ""}], "reserved"),
        ([{"key": "", "value": ""}], "length greater than or equal to 1"),
    ],
)
def test_bad_tags(mesh: MeshUnderTest, bad: list[dict[str, str]], problem: str) -> None:
    with pytest.raises(BadRequestException, match=problem):
        mesh.call("CreateMesh", meshName="x", tags=bad)


def test_unknown_arns(mesh: MeshUnderTest) -> None:
    with pytest.raises(NotFoundException):
        mesh.call("ListTagsForResource", resourceArn="arn:aws:appmesh:us-east-1:000000000000:mesh/none")
    for arn in ("x", "arn:aws:s3:us-east-1:000000000000:mesh/m", "arn:aws:appmesh:eu-west-1:000000000000:mesh/m"):
        with pytest.raises(BadRequestException, match="resourceArn"):
            mesh.call("ListTagsForResource", resourceArn=arn)
