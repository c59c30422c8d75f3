"""App Mesh ARNs: ``arn:aws:appmesh:<region>:<account>:mesh/<mesh>[@<owner>]/virtualNode/<name>``.

A resource that another account made in a shared mesh carries its own account and the mesh owner after ``@``.
"""

from dataclasses import dataclass

from localstack.utils.aws.arns import get_partition

from meshrig_localstack.appmesh.errors import BadRequestException
from meshrig_localstack.appmesh.resources import ResourceKey


@dataclass(frozen=True)
class ArnPlace:
    """Where the resource of an ARN is kept: the mesh owner's account, and the region."""

    mesh_owner: str
    region: str


def build_arn(key: ResourceKey, region: str, mesh_owner: str, resource_owner: str) -> str:
    """The ARN of a resource."""
    mesh = key.mesh if mesh_owner == resource_owner else f"{key.mesh}@{mesh_owner}"
    path = "/".join(("mesh", mesh, *key.path))
    return f"arn:{get_partition(region)}:appmesh:{region}:{resource_owner}:{path}"


def place_of(arn: str) -> ArnPlace:
    """Where to look for an ARN's resource; BadRequestException when it is no App Mesh ARN."""
    parts = arn.split(":", 5)
    if len(parts) != 6 or parts[0] != "arn" or parts[2] != "appmesh" or not parts[5].startswith("mesh/"):
        raise BadRequestException(f"resourceArn is not the ARN of an App Mesh resource: {arn!r}")
    _, owner_mark, owner = parts[5].split("/")[1].partition("@")
    return ArnPlace(owner if owner_mark else parts[4], parts[3])
