"""EKS access entries: who may do what in the cluster (EKS User Guide, "Grant IAM users access to Kubernetes")."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from meshrig.harness.localstack import Clients


@dataclass(frozen=True)
class AccessPolicy:
    """``name`` such as AmazonEKSViewPolicy; for the whole cluster where ``namespaces`` is empty (``dev-*`` is one)."""

    name: str
    namespaces: tuple[str, ...] = ()


@dataclass(frozen=True)
class AccessEntry:
    """An IAM principal, the Kubernetes user it is, and the policies associated with it."""

    principal: str
    username: str
    policies: tuple[AccessPolicy, ...] = ()


def read_access_entries(clients: Clients, cluster: str) -> tuple[AccessEntry, ...]:
    """All entries of a cluster, by principal."""
    eks = clients.get("eks")
    principals = [
        principal
        for page in eks.get_paginator("list_access_entries").paginate(clusterName=cluster)
        for principal in page["accessEntries"]
    ]
    return tuple(_read_entry(eks, cluster, principal) for principal in sorted(principals))


def _read_entry(eks: Any, cluster: str, principal: str) -> AccessEntry:
    entry = eks.describe_access_entry(clusterName=cluster, principalArn=principal)["accessEntry"]
    pages = eks.get_paginator("list_associated_access_policies").paginate(clusterName=cluster, principalArn=principal)
    return AccessEntry(principal, entry["username"], tuple(sorted(_policies(pages), key=lambda policy: policy.name)))


def _policies(pages: Any) -> Iterator[AccessPolicy]:
    for page in pages:
        for associated in page["associatedAccessPolicies"]:
            scope = associated["accessScope"]
            namespaces = tuple(scope.get("namespaces") or ()) if scope["type"] == "namespace" else ()
            yield AccessPolicy(associated["policyArn"].rpartition("/")[2], namespaces)
