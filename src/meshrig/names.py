"""Names that several layers must spell alike."""

DEFAULT_PROJECT_FILE = "meshrig.yaml"
EDGE = "edge"
LOCALSTACK = "localstack"


def virtual_node_id(mesh: str, virtual_node: str, pod: str) -> str:
    """``node.id`` of a sidecar: App Mesh's ``mesh/M/virtualNode/N`` (specs 13), then the pod, since each pod of this
    machine binds ports of its own."""
    return f"mesh/{mesh}/virtualNode/{virtual_node}/{pod}"


def spiffe_id(mesh: str, virtual_node: str) -> str:
    """The URI in a virtual node's certificate; the mesh is the trust domain."""
    return f"spiffe://{mesh}/virtualNode/{virtual_node}"


def sidecar_name(pod: str) -> str:
    """Name of the process that is a pod's Envoy."""
    return f"{pod}-envoy"
