"""EKS access policies as RBAC bindings (EKS User Guide, "Review access policy permissions": they resemble the
user-facing cluster roles)."""

import fnmatch
import hashlib
import logging
from collections.abc import Iterable, Iterator, Mapping

from meshrig.harness.access_entries import AccessEntry, AccessPolicy
from meshrig.kube.client import KubeClient, Selection
from meshrig.kube.errors import KubeError
from meshrig.kube.kinds import CLUSTER_ROLE_BINDING, ROLE_BINDING, Object

_log = logging.getLogger(__name__)
CLUSTER_ROLES = {
    "AmazonEKSClusterAdminPolicy": "cluster-admin",
    "AmazonEKSAdminPolicy": "admin",
    "AmazonEKSEditPolicy": "edit",
    "AmazonEKSViewPolicy": "view",
    "AmazonEKSAdminViewPolicy": "view",
}
_LABEL, _LABEL_VALUE = "meshrig.io/part", "access-entry"
_RBAC = "rbac.authorization.k8s.io"

Bindings = Mapping[tuple[str, str], Object]
"""Namespace (empty: the whole cluster) and name -> binding."""


def access_group(principal: str) -> str:
    """The group of everyone who comes as this IAM principal: a role's sessions have no user name in common."""
    return f"meshrig.io/access-entry:{principal}"


def plan_bindings(entries: Iterable[AccessEntry], namespaces: Iterable[str]) -> Bindings:
    """All bindings there should be; names carry a hash of what they say, so a binding never changes."""
    existing = sorted(namespaces)
    made: dict[tuple[str, str], Object] = {}
    for entry in entries:
        for policy in entry.policies:
            if policy.name not in CLUSTER_ROLES:
                _log.warning("access policy %s of %s is not known here", policy.name, entry.principal)
                continue
            for namespace in _scope(policy, existing):
                binding = _build(entry, policy, namespace)
                made[namespace, binding["metadata"]["name"]] = binding
    return made


async def apply_bindings(client: KubeClient, wanted: Bindings) -> int:
    """Create what is missing and remove what is ours and not wanted; how many changes that took. Raises KubeError."""
    present: set[tuple[str, str]] = set()
    for kind in (CLUSTER_ROLE_BINDING, ROLE_BINDING):
        listing = await client.list(Selection(kind, labels=f"{_LABEL}={_LABEL_VALUE}"))
        present |= {(item["metadata"].get("namespace", ""), item["metadata"]["name"]) for item in listing.items}
    for namespace, name in sorted(present - wanted.keys()):
        await client.delete(ROLE_BINDING if namespace else CLUSTER_ROLE_BINDING, name, namespace)
    missing = sorted(wanted.keys() - present)
    for key in missing:
        try:
            await client.create(wanted[key])
        except KubeError as error:
            # There meanwhile, or its namespace is about to go.
            if not error.is_conflict and error.status not in (403, 404):
                raise
            _log.info("binding %s: %s", key, error.message)
    return len(missing) + len(present - wanted.keys())


def _scope(policy: AccessPolicy, existing: Iterable[str]) -> Iterator[str]:
    if not policy.namespaces:
        yield ""
        return
    for name in existing:
        if any(fnmatch.fnmatchcase(name, pattern) for pattern in policy.namespaces):
            yield name


def _build(entry: AccessEntry, policy: AccessPolicy, namespace: str) -> Object:
    content = "\n".join((entry.principal, entry.username, policy.name, namespace))
    name = f"meshrig-access-{hashlib.sha256(content.encode()).hexdigest()[:16]}"
    metadata = {
        "name": name,
        "labels": {_LABEL: _LABEL_VALUE, "app.kubernetes.io/managed-by": "meshrig"},
        "annotations": {"meshrig.io/principal": entry.principal, "meshrig.io/access-policy": policy.name},
    }
    return {
        "apiVersion": f"{_RBAC}/v1",
        "kind": "RoleBinding" if namespace else "ClusterRoleBinding",
        "metadata": metadata | ({"namespace": namespace} if namespace else {}),
        "roleRef": {"apiGroup": _RBAC, "kind": "ClusterRole", "name": CLUSTER_ROLES[policy.name]},
        "subjects": [_subject(entry)],
    }


def _subject(entry: AccessEntry) -> Object:
    """A user name with a part filled in per session can't be bound as such."""
    templated = "{{" in entry.username
    kind, name = ("Group", access_group(entry.principal)) if templated else ("User", entry.username)
    return {"apiGroup": _RBAC, "kind": kind, "name": name}
