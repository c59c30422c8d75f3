from pathlib import Path

from meshrig.model.appmesh import MeshModel
from meshrig.read.template_mesh import read_template_meshes

TEMPLATE = """
Parameters:
  ClusterName: {Type: String, Default: shop}
  Secret: {Type: String}
Resources:
  Mesh:
    Type: AWS::AppMesh::Mesh
    Properties: {MeshName: !Ref ClusterName}
  Users:
    Type: AWS::AppMesh::VirtualNode
    Properties:
      MeshName: !GetAtt Mesh.MeshName
      VirtualNodeName: users
      Spec:
        ServiceDiscovery: {DNS: {Hostname: !Sub "users.${ClusterName}.svc.cluster.local"}}
        Listeners:
          - PortMapping: {Port: 8080, Protocol: http}
          - PortMapping: {Port: !Ref Secret, Protocol: http}
  Unnamed:
    Type: AWS::AppMesh::VirtualNode
    Properties: {MeshName: !GetAtt Mesh.MeshName}
  Imported:
    Type: AWS::AppMesh::VirtualNode
    Properties:
      MeshName: !GetAtt Mesh.MeshName
      VirtualNodeName: imported
      Spec: {ServiceDiscovery: {DNS: {Hostname: !ImportValue Name}}}
"""


def _read(tmp_path: Path, text: str, **parameters: str) -> tuple[MeshModel, ...]:
    path = tmp_path / "stack.yaml"
    path.write_text(text)
    return read_template_meshes(path, "stack.yaml", parameters)


def test_names_hostnames_and_ports(tmp_path: Path) -> None:
    (mesh,) = _read(tmp_path, TEMPLATE)
    assert mesh.mesh.name == "shop"
    assert {name: node.hostname for name, node in mesh.virtual_nodes.items()} == {
        "users": "users.shop.svc.cluster.local",
        "imported": None,
    }
    ports = [listener.port_mapping.port for listener in mesh.virtual_nodes["users"].spec.listeners]
    assert ports == [8080], "what only AWS can resolve is left out"


def test_parameters_are_used(tmp_path: Path) -> None:
    (mesh,) = _read(tmp_path, TEMPLATE, ClusterName="other", Secret="9090")
    assert mesh.mesh.name == "other"
    assert len(mesh.virtual_nodes["users"].spec.listeners) == 2


def test_odd_templates_have_no_mesh(tmp_path: Path) -> None:
    for text in ("", "[]", "Resources: []", "Resources: {A: {Type: AWS::AppMesh::Mesh}}", "Resources: {A: x}"):
        assert _read(tmp_path, text) == ()
