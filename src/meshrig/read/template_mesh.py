"""The mesh that a CloudFormation template's text describes, as far as that can be told without AWS.

Only names, DNS hostnames and listener ports of virtual nodes are read: enough to say which pods are which. Values that
AWS alone can resolve are left out, and so are conditions.
"""

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any, get_args

from meshrig.located.yaml_nodes import plain, read_documents
from meshrig.model.appmesh import (
    DnsServiceDiscovery,
    Listener,
    Mesh,
    MeshModel,
    PortMapping,
    Protocol,
    ServiceDiscovery,
    VirtualNode,
    VirtualNodeSpec,
)

_SUBSTITUTION = re.compile(r"\$\{([^!}]+)\}")
_NAMING = {"AWS::AppMesh::Mesh": "MeshName", "AWS::AppMesh::VirtualNode": "VirtualNodeName"}


def read_template_meshes(template: Path, shown_as: str, given: Mapping[str, str]) -> tuple[MeshModel, ...]:
    """The meshes of a template under these parameters, by name. Raises InvalidInputError for what isn't YAML."""
    documents = [plain(document) for document in read_documents(template, shown_as)]
    text = _Template(documents[0] if documents else None, given)
    nodes: dict[str, dict[str, VirtualNode]] = {
        name: {} for name in map(text.name_of, text.resources("AWS::AppMesh::Mesh")) if name
    }
    for properties in text.properties("AWS::AppMesh::VirtualNode"):
        mesh, name = text.resolve(properties.get("MeshName")), text.resolve(properties.get("VirtualNodeName"))
        if mesh and name:
            nodes.setdefault(mesh, {})[name] = _virtual_node(name, _mapping(properties.get("Spec")), text)
    return tuple(MeshModel(Mesh(mesh), found) for mesh, found in sorted(nodes.items()))


class _Template:
    """A template's plain content with its parameters; what has an unexpected shape reads as not there."""

    def __init__(self, content: Any, given: Mapping[str, str]) -> None:
        whole = _mapping(content)
        self._resources = {name: _mapping(each) for name, each in _mapping(whole.get("Resources")).items()}
        declared = _mapping(whole.get("Parameters"))
        defaults = {name: _mapping(each).get("Default") for name, each in declared.items()}
        self._parameters = {name: given.get(name, value) for name, value in defaults.items()}

    def resources(self, kind: str) -> list[str]:
        return [name for name, each in self._resources.items() if each.get("Type") == kind]

    def properties(self, kind: str) -> list[Mapping[str, Any]]:
        return [_mapping(self._resources[name].get("Properties")) for name in self.resources(kind)]

    def name_of(self, logical_id: str) -> str:
        """The name a mesh or virtual node is given; empty where AWS would make one."""
        resource = self._resources.get(logical_id, {})
        naming = _NAMING.get(str(resource.get("Type")), "")
        return self.resolve(_mapping(resource.get("Properties")).get(naming))

    def resolve(self, value: Any) -> str:
        """A literal, a parameter, a text with parameters, or a name of a mesh or virtual node; else empty."""
        match value:
            case str() | int():
                return str(value)
            case {"Ref": str(name)}:
                return self._parameter(name)
            case {"Fn::Sub": str(text)}:
                names = _SUBSTITUTION.findall(text)
                known = all(self._parameter(name) for name in names)
                return _SUBSTITUTION.sub(lambda found: self._parameter(found[1]), text) if known else ""
            case {"Fn::GetAtt": [str(logical_id), "MeshName" | "VirtualNodeName"]}:
                return self.name_of(logical_id)
        return ""

    def _parameter(self, name: str) -> str:
        value = self._parameters.get(name)
        return str(value) if isinstance(value, str | int) else ""


def _virtual_node(name: str, spec: Mapping[str, Any], text: _Template) -> VirtualNode:
    discovery = _mapping(spec.get("ServiceDiscovery"))
    hostname = text.resolve(_mapping(discovery.get("DNS")).get("Hostname"))
    listeners = []
    for each in spec.get("Listeners") or ():
        mapping = _mapping(_mapping(each).get("PortMapping"))
        port = text.resolve(mapping.get("Port"))
        protocol: Protocol = mapping.get("Protocol", "http")
        if port.isdigit() and protocol in get_args(Protocol):
            listeners.append(Listener(PortMapping(int(port), protocol)))
    found = ServiceDiscovery(dns=DnsServiceDiscovery(hostname)) if hostname else None
    return VirtualNode(name, VirtualNodeSpec(listeners=tuple(listeners), service_discovery=found))


def _mapping(value: Any) -> Mapping[str, Any]:
    return value if isinstance(value, Mapping) else {}
