"""Put the real cluster behind the EKS clusters that CloudFormation makes."""

import asyncio
import json
import logging
import urllib.request
from collections.abc import Set
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError

from meshrig.harness.localstack import Clients
from meshrig.model.desired import ClusterBacking

log = logging.getLogger("meshrig.keeper")
_POLL_SECONDS = 0.3
_TIMEOUT_SECONDS = 10


async def back_clusters(clients: Clients, backing: ClusterBacking) -> None:
    """Register ``backing`` for every EKS cluster as soon as it is there; until cancelled.

    A created cluster stays CREATING until then, and with it CloudFormation's resource.
    """
    backed: set[str] = set()
    while True:
        try:
            backed |= await asyncio.to_thread(register_backings, clients, backing, backed)
        except (OSError, ValueError, BotoCoreError, ClientError) as error:
            log.info("EKS does not answer: %s", error)
        await asyncio.sleep(_POLL_SECONDS)


def register_backings(clients: Clients, backing: ClusterBacking, done: Set[str] = frozenset()) -> set[str]:
    """Register ``backing`` for the EKS clusters that are there, but for those in ``done``; returns their names.

    Raises botocore's errors where EKS can't be asked, OSError when the plugin doesn't take one.
    """
    names = set(clients.get("eks").list_clusters()["clusters"]) - done
    for name in names:
        _register(clients.endpoint, name, backing)
    return names


def _register(endpoint: str, cluster: str, backing: ClusterBacking) -> None:
    body = {
        "endpoint": backing.endpoint,
        "certificateAuthority": backing.certificate_authority,
        "version": backing.version,
    }
    call_plugin(endpoint, "PUT", f"/_meshrig/eks/clusters/{cluster}", body)


def call_plugin(endpoint: str, method: str, path: str, body: dict[str, Any]) -> dict[str, Any]:
    """One of the plugin's own endpoints. Raises OSError (HTTPError among them), ValueError for what isn't JSON."""
    headers = {"Content-Type": "application/json"}
    request = urllib.request.Request(f"{endpoint}{path}", json.dumps(body).encode(), headers, method=method)
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    with opener.open(request, timeout=_TIMEOUT_SECONDS) as answer:
        text = answer.read()
    content: dict[str, Any] = json.loads(text) if text else {}
    return content
