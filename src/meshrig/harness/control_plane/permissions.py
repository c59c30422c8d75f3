"""What the control plane may do in its cluster, and no more (Kubernetes documentation, "Using RBAC Authorization")."""

from typing import Any

from meshrig.harness.control_plane.chores.access_bindings import CLUSTER_ROLES
from meshrig.harness.control_plane.cluster_watch import CA_SECRET
from meshrig.names import CONTROL_PLANE, SYSTEM_NAMESPACE

_GROUP = "rbac.authorization.k8s.io"
_READ = ["get", "list", "watch"]
Object = dict[str, Any]


def permissions(labels: dict[str, str], *, local: bool) -> tuple[Object, ...]:
    """``local``: the cluster has no cloud that gives out addresses and access, so the control plane does."""
    rules = [*_reading(), *_writing(), *(_instead_of_a_cloud() if local else ())]
    metadata = {"name": CONTROL_PLANE, "labels": labels}
    own = {**metadata, "namespace": SYSTEM_NAMESPACE}
    return (
        {"apiVersion": f"{_GROUP}/v1", "kind": "ClusterRole", "metadata": metadata, "rules": rules},
        _binding("ClusterRoleBinding", metadata, "ClusterRole"),
        {"apiVersion": f"{_GROUP}/v1", "kind": "Role", "metadata": own, "rules": _own_namespace()},
        _binding("RoleBinding", own, "Role"),
    )


def _binding(kind: str, metadata: Object, role: str) -> Object:
    return {
        "apiVersion": f"{_GROUP}/v1",
        "kind": kind,
        "metadata": metadata,
        "roleRef": {"apiGroup": _GROUP, "kind": role, "name": CONTROL_PLANE},
        "subjects": [{"kind": "ServiceAccount", "name": CONTROL_PLANE, "namespace": SYSTEM_NAMESPACE}],
    }


def _rule(group: str, resources: list[str], verbs: list[str], names: list[str] | None = None) -> Object:
    rule: Object = {"apiGroups": [group], "resources": resources, "verbs": verbs}
    return rule | ({"resourceNames": names} if names else {})


def _reading() -> list[Object]:
    return [
        _rule("", ["pods", "services", "namespaces", "nodes"], _READ),
        _rule("discovery.k8s.io", ["endpointslices"], _READ),
        _rule("networking.k8s.io", ["ingresses"], _READ),
    ]


def _writing() -> list[Object]:
    return [
        _rule("authentication.k8s.io", ["tokenreviews"], ["create"]),
        _rule("admissionregistration.k8s.io", ["mutatingwebhookconfigurations"], ["get", "update"], [CONTROL_PLANE]),
        _rule("", ["events"], ["create", "get", "patch"]),
    ]


def _instead_of_a_cloud() -> list[Object]:
    """``bind`` allows to give away just these roles, though the control plane has not their rights itself."""
    return [
        _rule("", ["services/status"], ["patch"]),
        _rule("networking.k8s.io", ["ingresses/status"], ["patch"]),
        _rule(_GROUP, ["clusterrolebindings", "rolebindings"], ["list", "create", "delete"]),
        _rule(_GROUP, ["clusterroles"], ["bind"], sorted(set(CLUSTER_ROLES.values()))),
    ]


def _own_namespace() -> list[Object]:
    """A name can't be asked for when something is created (same page, "Referring to resources")."""
    return [
        _rule("", ["configmaps"], _READ, [CONTROL_PLANE]),
        _rule("", ["secrets"], _READ, [CA_SECRET]),
        _rule("", ["secrets"], ["create"]),
        _rule("coordination.k8s.io", ["leases"], ["get", "update"], [CONTROL_PLANE]),
        _rule("coordination.k8s.io", ["leases"], ["create"]),
    ]
