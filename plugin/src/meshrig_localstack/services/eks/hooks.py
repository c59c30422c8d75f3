"""LocalStack lifecycle hook of the EKS service: its endpoints beside the API."""

import os
from functools import cache
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from localstack import config
from localstack.http import Request, Response
from localstack.runtime import hooks

if TYPE_CHECKING:
    from meshrig_localstack.services.eks.endpoints import EksEndpoints

CLUSTER_PATH = "/_meshrig/eks/clusters/<name>"
AUTHENTICATE_PATH = f"{CLUSTER_PATH}/authenticate"
MORE_HOSTS = "MESHRIG_EKS_TOKEN_HOSTS"
CLIENT_SETTINGS = ("AWS_ENDPOINT_URL", "AWS_ENDPOINT_URL_STS")


@hooks.on_infra_start()
def start_eks_endpoints() -> None:
    """Serves what the cluster behind the API, and whoever runs it, need."""
    from localstack.services.edge import ROUTER

    ROUTER.add(CLUSTER_PATH, _clusters, methods=["PUT", "GET", "DELETE"])
    ROUTER.add(AUTHENTICATE_PATH, _authenticate, methods=["POST"])


def own_hosts() -> frozenset[str]:
    """Names of this LocalStack: its own settings', and those of MESHRIG_EKS_TOKEN_HOSTS (separated by commas)."""
    named = [name.strip().lower() for name in os.environ.get(MORE_HOSTS, "").split(",")]
    urls = [urlsplit(os.environ.get(name, "")).hostname or "" for name in CLIENT_SETTINGS]
    return frozenset(name for name in (*named, *urls, config.LOCALSTACK_HOST.host.lower()) if name)


def _clusters(request: Request, name: str) -> Response:
    return _endpoints().cluster(request, name)


def _authenticate(request: Request, name: str) -> Response:
    return _endpoints().authenticate(request, name)


@cache
def _endpoints() -> "EksEndpoints":
    """Made on first use: it brings in moto's IAM and STS, which a LocalStack without Kubernetes need not load."""
    from meshrig_localstack.services.eks.authentication.credentials import find_credential
    from meshrig_localstack.services.eks.authentication.hosts import TokenHosts
    from meshrig_localstack.services.eks.authentication.verification import Verifier
    from meshrig_localstack.services.eks.backing import backings
    from meshrig_localstack.services.eks.endpoints import EksEndpoints
    from meshrig_localstack.services.eks.instances import find_private_name
    from meshrig_localstack.services.eks.store import clusters_named

    verifier = Verifier(TokenHosts(own_hosts()), find_credential)
    return EksEndpoints(backings, clusters_named, verifier, find_private_name)
