"""Put the real cluster behind the EKS clusters that CloudFormation makes."""

import asyncio
import json
import logging
import urllib.request
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
            names = await asyncio.to_thread(_list_clusters, clients)
            for name in names - backed:
                await asyncio.to_thread(register_backing, clients.endpoint, name, backing)
                backed.add(name)
        except (OSError, BotoCoreError, ClientError) as error:
            log.info("EKS does not answer: %s", error)
        await asyncio.sleep(_POLL_SECONDS)


def register_backing(endpoint: str, cluster: str, backing: ClusterBacking) -> None:
    """Raises OSError when the plugin doesn't take it."""
    body = {
        "endpoint": backing.endpoint,
        "certificateAuthority": backing.certificate_authority,
        "version": backing.version,
    }
    call_plugin(endpoint, "PUT", f"/_meshrig/eks/clusters/{cluster}", body)


def call_plugin(endpoint: str, method: str, path: str, body: dict[str, Any]) -> dict[str, Any]:
    """One of the plugin's own endpoints. Raises OSError (HTTPError among them)."""
    headers = {"Content-Type": "application/json"}
    request = urllib.request.Request(f"{endpoint}{path}", json.dumps(body).encode(), headers, method=method)
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    with opener.open(request, timeout=_TIMEOUT_SECONDS) as answer:
        text = answer.read()
    content: dict[str, Any] = json.loads(text) if text else {}
    return content


def _list_clusters(clients: Clients) -> set[str]:
    return set(clients.get("eks").list_clusters()["clusters"])
