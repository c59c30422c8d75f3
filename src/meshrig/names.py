"""Names that several layers must spell alike."""

DEFAULT_PROJECT_FILE = "meshrig.yaml"
EDGE = "edge"
LOCALSTACK = "localstack"


def virtual_node_id(mesh: str, virtual_node: str, pod: str) -> str:
    """``node.id`` of a sidecar: App Mesh's ``mesh/M/virtualNode/N`` (specs 13), then the pod, since each pod of this
    machine binds ports of its own."""
    return f"mesh/{mesh}/virtualNode/{virtual_node}/{pod}"


def is_node_id_of(virtual_node: str, text: str) -> bool:
    """Whether ``text`` is what ``virtual_node_id`` makes of that virtual node, in whatever mesh."""
    parts = text.split("/")
    return len(parts) == 5 and (parts[0], parts[2], parts[3]) == ("mesh", "virtualNode", virtual_node)


def spiffe_id(mesh: str, virtual_node: str) -> str:
    """The URI in a virtual node's certificate; the mesh is the trust domain."""
    return f"spiffe://{mesh}/virtualNode/{virtual_node}"


def sidecar_name(pod: str) -> str:
    """Name of the process that is a pod's Envoy."""
    return f"{pod}-envoy"


# --- a cluster ---
SYSTEM_NAMESPACE = "meshrig-system"
CONTROL_PLANE = "meshrig"
"""Name of the control plane's Deployment, Service, ServiceAccount and ConfigMap."""
CONTROL_PLANE_HOST = f"{CONTROL_PLANE}.{SYSTEM_NAMESPACE}.svc"
XDS_PORT = 15012
WEBHOOK_PORT = 9443
TOKEN_AUDIENCE = "meshrig.io"
SIDECAR_CONTAINER = "envoy"
PROBE_PORT = 15020
"""Plaintext port of every injected Envoy: its readiness, its statistics and the pod's rewritten probes."""
ENVOY_ADMIN_PORT = 9901
INJECTION_LABEL = "appmesh.k8s.aws/sidecarInjectorWebhook"
"""A namespace's label (``enabled``: a mesh namespace) and a pod's annotation, as the App Mesh controller has them."""
INJECTED_ANNOTATION = "meshrig.io/injected"
"""On every pod whose sidecar the webhook injected."""
