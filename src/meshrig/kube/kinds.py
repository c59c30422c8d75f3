"""Where each kind of object that we use lives in the API (Kubernetes API reference, "API concepts: resource URIs")."""

from dataclasses import dataclass
from typing import Any

Object = dict[str, Any]
"""An object of the API as JSON."""


@dataclass(frozen=True)
class Kind:
    """``api_version`` such as ``v1`` or ``apps/v1``; ``plural`` as in URLs."""

    api_version: str
    name: str
    plural: str
    namespaced: bool = True

    def path(self, namespace: str = "", name: str = "", subresource: str = "") -> str:
        """The URL path of one object, or of all of them (in a namespace, or everywhere where it is empty)."""
        root = f"/apis/{self.api_version}" if "/" in self.api_version else f"/api/{self.api_version}"
        parts = [root]
        if self.namespaced and namespace:
            parts += ["namespaces", namespace]
        parts += [part for part in (self.plural, name, subresource) if part]
        return "/".join(parts)


POD = Kind("v1", "Pod", "pods")
SERVICE = Kind("v1", "Service", "services")
NAMESPACE = Kind("v1", "Namespace", "namespaces", namespaced=False)
NODE = Kind("v1", "Node", "nodes", namespaced=False)
CONFIG_MAP = Kind("v1", "ConfigMap", "configmaps")
SECRET = Kind("v1", "Secret", "secrets")
SERVICE_ACCOUNT = Kind("v1", "ServiceAccount", "serviceaccounts")
EVENT = Kind("v1", "Event", "events")
ENDPOINT_SLICE = Kind("discovery.k8s.io/v1", "EndpointSlice", "endpointslices")
INGRESS = Kind("networking.k8s.io/v1", "Ingress", "ingresses")
INGRESS_CLASS = Kind("networking.k8s.io/v1", "IngressClass", "ingressclasses", namespaced=False)
DEPLOYMENT = Kind("apps/v1", "Deployment", "deployments")
POD_DISRUPTION_BUDGET = Kind("policy/v1", "PodDisruptionBudget", "poddisruptionbudgets")
LEASE = Kind("coordination.k8s.io/v1", "Lease", "leases")
TOKEN_REVIEW = Kind("authentication.k8s.io/v1", "TokenReview", "tokenreviews", namespaced=False)
ROLE = Kind("rbac.authorization.k8s.io/v1", "Role", "roles")
ROLE_BINDING = Kind("rbac.authorization.k8s.io/v1", "RoleBinding", "rolebindings")
CLUSTER_ROLE = Kind("rbac.authorization.k8s.io/v1", "ClusterRole", "clusterroles", namespaced=False)
CLUSTER_ROLE_BINDING = Kind("rbac.authorization.k8s.io/v1", "ClusterRoleBinding", "clusterrolebindings", False)
MUTATING_WEBHOOK = Kind(
    "admissionregistration.k8s.io/v1", "MutatingWebhookConfiguration", "mutatingwebhookconfigurations", False
)

KINDS = {
    kind.name: kind
    for kind in (
        POD, SERVICE, NAMESPACE, NODE, CONFIG_MAP, SECRET, SERVICE_ACCOUNT, EVENT, ENDPOINT_SLICE, INGRESS,
        INGRESS_CLASS, DEPLOYMENT, POD_DISRUPTION_BUDGET, LEASE, TOKEN_REVIEW, ROLE, ROLE_BINDING, CLUSTER_ROLE,
        CLUSTER_ROLE_BINDING, MUTATING_WEBHOOK,
    )
}  # fmt: skip
