"""The API server's token webhook over TLS: passes TokenReviews on to the plugin, which knows keys and access entries.

The API server is a client of ours by name only (kube-apiserver --authentication-token-webhook-config-file); a review
that can't be answered is a refusal, as with aws-iam-authenticator.
"""

import asyncio
import logging
import ssl
import tempfile
from datetime import timedelta
from pathlib import Path
from typing import Any

from aiohttp import web

from meshrig.certs.authority import CertificateAuthority
from meshrig.harness.keeper.eks import call_plugin
from meshrig.harness.localstack import Clients

log = logging.getLogger("meshrig.keeper")
PORT = 9443
SERVER_NAME = "meshrig"
# The keeper makes itself a new one whenever it starts; a cluster trusts the CA, not the certificate.
_LIFETIME = timedelta(days=365)


class TokenWebhook:
    """``POST /authenticate``: the review goes to every EKS cluster that is there, the first to know the caller wins.

    ``port`` 0 takes any; ``port`` says which, once started.
    """

    def __init__(self, clients: Clients, port: int = PORT) -> None:
        self.port = port
        self._clients = clients
        self._runner: web.AppRunner | None = None

    async def start(self, authority: CertificateAuthority) -> None:
        """With a new certificate of that CA."""
        app = web.Application()
        app.router.add_post("/authenticate", self._handle)
        self._runner = web.AppRunner(app, access_log=None)
        await self._runner.setup()
        await web.TCPSite(self._runner, "0.0.0.0", self.port, ssl_context=_server_tls(authority)).start()
        self.port = int(self._runner.addresses[0][1])

    async def close(self) -> None:
        if self._runner:
            await self._runner.cleanup()

    async def _handle(self, request: web.Request) -> web.Response:
        try:
            review = await request.json()
        except ValueError:
            review = None
        if not isinstance(review, dict):
            return web.json_response({"error": "not a TokenReview"}, status=400)
        return web.json_response(await asyncio.to_thread(self._review, review))

    def _review(self, review: dict[str, Any]) -> dict[str, Any]:
        answer = _refused(review, "the stack has no EKS cluster")
        try:
            for name in self._clients.get("eks").list_clusters()["clusters"]:
                path = f"/_meshrig/eks/clusters/{name}/authenticate"
                answer = call_plugin(self._clients.endpoint, "POST", path, review)
                if answer.get("status", {}).get("authenticated"):
                    return answer
        except Exception as error:
            # Whatever went wrong, the caller is not known: the API server must hear that and not a 500 it would retry.
            log.warning("a token could not be reviewed: %s", error)
            return _refused(review, "the AWS APIs do not answer")
        log.info("a token was refused: %s", answer.get("status", {}).get("error", ""))
        return answer


def _refused(review: dict[str, Any], reason: str) -> dict[str, Any]:
    return {
        "apiVersion": review.get("apiVersion", "authentication.k8s.io/v1"),
        "kind": "TokenReview",
        "status": {"authenticated": False, "error": reason},
    }


def _server_tls(authority: CertificateAuthority) -> ssl.SSLContext:
    issued = authority.issue(SERVER_NAME, (SERVER_NAME, "localhost"), lifetime=_LIFETIME)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    # ssl takes files only; they are gone before the first connection.
    with tempfile.TemporaryDirectory() as folder:
        chain, key = Path(folder, "chain.pem"), Path(folder, "key.pem")
        chain.write_text(issued.cert_chain_pem)
        key.touch(mode=0o600)
        key.write_text(issued.private_key_pem)
        context.load_cert_chain(chain, key)
    return context
