"""The HTTPS endpoints of the control plane: the webhook, probes and its state."""

import json
import logging
from collections.abc import Callable
from typing import Any

from aiohttp import web

from meshrig.harness.control_plane.admission import Admission
from meshrig.harness.control_plane.serving import ServingCertificate
from meshrig.kube.errors import KubeError

_log = logging.getLogger(__name__)
# A pod may be as large as etcd takes objects, 1.5 MiB; a review holds some more.
_LARGEST_REVIEW = 4 * 1024 * 1024


class WebhookServer:
    """``missing`` names what the control plane still waits for, empty when it is ready; ``status`` is for people."""

    def __init__(
        self,
        admission: Admission,
        certificate: ServingCertificate,
        missing: Callable[[], list[str]],
        status: Callable[[], dict[str, Any]],
    ) -> None:
        self._admission = admission
        self._certificate = certificate
        self._missing = missing
        self._status = status
        self._runner: web.AppRunner | None = None

    async def start(self, host: str, port: int) -> int:
        """Listen; returns the port."""
        app = web.Application(client_max_size=_LARGEST_REVIEW)
        app.router.add_post("/inject", self._inject)
        app.router.add_get("/healthz", self._healthz)
        app.router.add_get("/readyz", self._readyz)
        app.router.add_get("/status", self._show_status)
        runner = self._runner = web.AppRunner(app, access_log=None, shutdown_timeout=5.0)
        await runner.setup()
        await web.TCPSite(runner, host, port, ssl_context=self._certificate.context).start()
        return int(runner.addresses[0][1])

    async def stop(self) -> None:
        if self._runner:
            await self._runner.cleanup()

    async def _inject(self, request: web.Request) -> web.Response:
        """Answers in time or not at all: what fails here is refused by the API server (failurePolicy Fail)."""
        try:
            return web.json_response(await self._admission.review(await request.json()))
        except (json.JSONDecodeError, KeyError, TypeError, AttributeError):
            return web.Response(status=400, text="not an AdmissionReview")
        except KubeError as error:
            _log.warning("a pod was not reviewed: %s", error.message)
            return web.Response(status=503, text=f"the control plane can't ask the API server: {error.message}")

    async def _healthz(self, _: web.Request) -> web.Response:
        return web.Response(text="ok")

    async def _readyz(self, _: web.Request) -> web.Response:
        missing = self._missing()
        return (
            web.Response(status=503, text="waiting for " + ", ".join(missing)) if missing else web.Response(text="ok")
        )

    async def _show_status(self, _: web.Request) -> web.Response:
        return web.json_response(self._status())
