"""The control plane of a cluster: from what AWS and Kubernetes say to what each Envoy gets."""

import asyncio
import logging
from collections.abc import Mapping
from typing import Any

from meshrig.errors import InvalidInputError, MeshrigError
from meshrig.harness.control_plane.admission import MeshInForce
from meshrig.harness.control_plane.authorization import PodAuthorizer
from meshrig.harness.control_plane.chores.trust import read_ca
from meshrig.harness.control_plane.cluster_watch import ClusterWatch
from meshrig.harness.control_plane.configurations import MeshConfiguration, Role, configure_mesh, role_of
from meshrig.harness.control_plane.definitions import DefinitionsFollower, Open, open_stack
from meshrig.harness.control_plane.serving import ServingCertificate
from meshrig.harness.control_plane.settings import SETTINGS_KEY, settings_from_json
from meshrig.harness.identities import Identities
from meshrig.kube.client import KubeClient
from meshrig.kube.token_review import BoundPod, TokenRefusal, review_token
from meshrig.model.cluster import ClusterState, Pod
from meshrig.model.control_plane import ControlPlaneSettings, SidecarSettings
from meshrig.model.plan import ProxyConfig
from meshrig.names import CONTROL_PLANE, CONTROL_PLANE_HOST, SYSTEM_NAMESPACE, TOKEN_AUDIENCE, XDS_PORT
from meshrig.xds.server import ControlPlane
from meshrig.xds.snapshot import Snapshot

_log = logging.getLogger(__name__)
_SETTLE_SECONDS = 0.03
_ROTATION_CHECK_SECONDS = 30.0


class MeshSystem:
    """One replica's view; it writes nothing. ``changed`` is set after each change that was taken in."""

    def __init__(self, client: KubeClient, open_source: Open = open_stack) -> None:
        self.cluster = ClusterState()
        self.settings: ControlPlaneSettings | None = None
        self.configuration: MeshConfiguration | None = None
        self.certificate = ServingCertificate()
        self.changed = asyncio.Event()
        self.watch = ClusterWatch(client, self._wake)
        self.definitions = DefinitionsFollower(self._wake, open_source)
        self.xds = ControlPlane(PodAuthorizer(self._review, self.pods))
        self._client = client
        self._woken = asyncio.Event()
        self._identities: Identities | None = None
        self._served: dict[str, Pod] = {}
        self._sent: dict[str, Snapshot] = {}
        self._snapshots: dict[Role, tuple[ProxyConfig, Snapshot]] = {}
        self._complaints: dict[str, str] = {}

    async def run(self) -> None:
        """Follow everything and serve what comes of it, for ever."""
        async with asyncio.TaskGroup() as group:
            for work in (self.watch.run(), self.definitions.run(), self._converge_for_ever(), self._rotate_for_ever()):
                group.create_task(work)

    def pods(self) -> Mapping[str, Pod]:
        """The live pods of the mesh by node id."""
        return self.configuration.pods if self.configuration else {}

    def missing(self) -> list[str]:
        """What is not there yet; the control plane is ready when it is all there."""
        parts = {
            "the caches": self.watch.synced,
            "the settings": self.settings is not None,
            "the CA": bool(self.certificate.ca_pem),
            "the mesh's definitions": self.definitions.current is not None,
            "the first configuration": self.configuration is not None,
        }
        return [part for part, there in parts.items() if not there]

    def in_force(self) -> MeshInForce | None:
        """What the webhook admits pods to; None before everything is known."""
        settings, configuration = self.settings, self.configuration
        if settings is None or configuration is None or not self.certificate.ca_pem:
            return None
        sidecar = SidecarSettings(
            mesh=configuration.definitions.mesh.mesh.name,
            envoy_image=settings.envoy_image,
            control_plane=f"{CONTROL_PLANE_HOST}:{XDS_PORT}",
            ca_pem=self.certificate.ca_pem,
            images=settings.images,
            pod_environment=settings.pod_environment,
            egress_ignored_ports=settings.egress_ignored_ports,
            egress_ignored_ips=settings.egress_ignored_ips,
        )
        return MeshInForce(configuration.definitions.mesh, sidecar)

    def problems(self) -> list[str]:
        """What is wrong with what users wrote, in sentences."""
        told = [text for text in self._complaints.values() if text]
        if self.definitions.problem:
            told.append(self.definitions.problem)
        return told + list(self.configuration.problems if self.configuration else ())

    def status(self) -> dict[str, Any]:
        """For people; holds no secret."""
        configuration = self.configuration
        pods = [
            {
                "pod": f"{pod.namespace}/{pod.name}",
                "virtual_node": pod.virtual_node,
                "connected": self.xds.status(node_id).connected,
                "rejected": [f"{', '.join(n.resource_names)}: {n.detail}" for n in self.xds.status(node_id).nacks],
            }
            for node_id, pod in self.pods().items()
        ]
        proxies = configuration.proxies.values() if configuration else ()
        return {
            "mesh": configuration.definitions.mesh.mesh.name if configuration else None,
            "waiting_for": self.missing(),
            "problems": self.problems(),
            "warnings": sorted({warning for proxy in proxies for warning in proxy.warnings}),
            "pods": pods,
        }

    def converge(self) -> None:
        """Take in what is known now and serve it."""
        if not self.watch.synced:
            return
        self.cluster = self.watch.state()
        self._take_settings()
        self._take_ca()
        definitions = self.definitions.current
        if definitions is None:
            return
        told = self.configuration.problems if self.configuration else ()
        self.configuration = configure_mesh(definitions.mesh, self.cluster, self.configuration)
        for problem in self.configuration.problems:
            if problem not in told:
                _log.error("%s", problem)
        self._serve(self.configuration)

    def rotate(self) -> None:
        """Issue again the certificates that are due."""
        if self._identities is None:
            return
        if self.certificate.renew(self._identities.authority):
            _log.info("renewed the serving certificate")
        if self._identities.drop_due() and self.configuration:
            self._snapshots.clear()
            self._serve(self.configuration)

    def _serve(self, configuration: MeshConfiguration) -> None:
        """A pod that is gone, or is another one of the same name, loses its stream."""
        for node_id, pod in list(self._served.items()):
            now = configuration.pods.get(node_id)
            if now is None or now.uid != pod.uid:
                self.xds.disconnect(node_id)
                self._served.pop(node_id)
                self._sent.pop(node_id, None)
        self._served |= configuration.pods
        for node_id, pod in configuration.pods.items():
            proxy = configuration.proxy_of(node_id)
            snapshot = self._snapshot(role_of(pod), proxy) if proxy else None
            if snapshot and self._sent.get(node_id) is not snapshot:
                self.xds.set_snapshot(node_id, snapshot)
                self._sent[node_id] = snapshot

    def _snapshot(self, role: Role, proxy: ProxyConfig) -> Snapshot | None:
        """One for all pods of a role, made anew only when the proxy's configuration or certificates are others."""
        if self._identities is None:
            return None
        kept = self._snapshots.get(role)
        if kept is None or kept[0] is not proxy:
            kept = self._snapshots[role] = (proxy, self._identities.snapshot(proxy))
        return kept[1]

    def _take_settings(self) -> None:
        where = f"ConfigMap {SYSTEM_NAMESPACE}/{CONTROL_PLANE}"
        data = self.watch.settings_data
        if data is None or SETTINGS_KEY not in data:
            self._complain("settings", "" if data is None else f"{where} has no {SETTINGS_KEY}")
            return
        try:
            settings = settings_from_json(data[SETTINGS_KEY], f"{where} {SETTINGS_KEY}")
        except InvalidInputError as error:
            self._complain("settings", error.message)
            return
        self._complain("settings", "")
        if settings != self.settings:
            _log.info("settings: stack %s in %s at %s", settings.stack, settings.region, settings.endpoint_url or "AWS")
            self.settings = settings
            self.definitions.use(settings)

    def _take_ca(self) -> None:
        data = self.watch.ca_data
        if data is None:
            return
        try:
            authority = read_ca(data)
        except MeshrigError as error:
            self._complain("ca", error.message)
            return
        self._complain("ca", "")
        if self._identities is None or self._identities.authority.ca_pem != authority.ca_pem:
            self._identities = Identities(authority)
            self._snapshots.clear()
            self.certificate.renew(authority)
            _log.info("took the CA")

    def _complain(self, about: str, text: str) -> None:
        if text and text != self._complaints.get(about):
            _log.error("%s", text)
        self._complaints[about] = text

    def _wake(self) -> None:
        self._woken.set()

    async def _converge_for_ever(self) -> None:
        while True:
            await self._woken.wait()
            # Changes come in bursts: one compilation for the burst.
            await asyncio.sleep(_SETTLE_SECONDS)
            self._woken.clear()
            self.converge()
            self.changed.set()

    async def _rotate_for_ever(self) -> None:
        while True:
            await asyncio.sleep(_ROTATION_CHECK_SECONDS)
            self.rotate()

    async def _review(self, token: str) -> BoundPod | TokenRefusal:
        return await review_token(self._client, token, TOKEN_AUDIENCE)
