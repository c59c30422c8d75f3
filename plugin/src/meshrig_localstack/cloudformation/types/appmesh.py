"""AWS::AppMesh::*: seven types of one build; Ref gives the ARN (CloudFormation guide, "Return values" of each type)."""

from dataclasses import dataclass

from meshrig_localstack.cloudformation.declaration import Call, Declaration, GeneratedName, Read, Tags


@dataclass(frozen=True)
class Kind:
    """``name`` as in ``CreateVirtualNode``; ``parents`` are the properties that say where the resource lives."""

    name: str
    answer: str
    parents: tuple[str, ...]

    @property
    def name_property(self) -> str:
        return f"{self.name}Name"


KINDS = (
    Kind("Mesh", "mesh", ()),
    Kind("VirtualNode", "virtualNode", ("MeshName",)),
    Kind("VirtualService", "virtualService", ("MeshName",)),
    Kind("VirtualRouter", "virtualRouter", ("MeshName",)),
    Kind("Route", "route", ("MeshName", "VirtualRouterName")),
    Kind("VirtualGateway", "virtualGateway", ("MeshName",)),
    Kind("GatewayRoute", "gatewayRoute", ("MeshName", "VirtualGatewayName")),
)
OWNER = {"meshOwner": "{MeshOwner}"}


def _declaration(kind: Kind) -> Declaration:
    names = (*kind.parents, kind.name_property)
    identity = {name[0].lower() + name[1:]: f"{{{name}}}" for name in names}
    identity |= OWNER if kind.parents else {}
    metadata = {"Id": "metadata.arn", "Arn": "metadata.arn", "Uid": "metadata.uid"}
    metadata |= {"ResourceOwner": "metadata.resourceOwner", "MeshOwner": "metadata.meshOwner"}
    return Declaration(
        type_name=f"AWS::AppMesh::{kind.name}",
        service="appmesh",
        reference="{Arn}",
        create=Call(f"Create{kind.name}"),
        updates=(Call(f"Update{kind.name}", identity, properties=("Spec",)),),
        delete=Call(f"Delete{kind.name}", identity, properties=()),
        read=Read(f"Describe{kind.name}", identity, kind.answer, metadata),
        tags=Tags("Tags", {"resourceArn": "{Arn}"}),
        name=GeneratedName(kind.name_property, 255),
        # A mesh may be declared without a Spec, and a resource's last Spec member may go: the API wants an object then.
        final={"Spec": {}},
    )


DECLARATIONS = tuple(_declaration(kind) for kind in KINDS)
