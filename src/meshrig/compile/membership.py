"""Which virtual node a pod runs as."""

from collections.abc import Iterable, Mapping

from meshrig.model.appmesh import MeshModel
from meshrig.model.kubernetes import VIRTUAL_NODE_ANNOTATION, Service


def find_virtual_node(
    mesh: MeshModel,
    services: Iterable[Service],
    namespace: str,
    labels: Mapping[str, str],
    annotations: Mapping[str, str],
) -> str | None:
    """The virtual node named by the pod's annotation, else the one whose DNS hostname is a Service selecting the pod.

    A template alone doesn't say which pods a virtual node stands for; its service discovery name does, since that is
    where App Mesh's clients would have looked for it. None: the pod is outside the mesh.
    """
    if named := annotations.get(VIRTUAL_NODE_ANNOTATION):
        return named
    hostnames = {service.hostname for service in services if service.selects(namespace, labels)}
    for node in mesh.virtual_nodes.values():
        if node.hostname and node.hostname.rstrip(".") in hostnames:
            return node.name
    return None
