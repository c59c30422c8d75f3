"""Admission of pods through HTTPS, with an injector that only writes down what it was told."""

import base64
import json
import re
import ssl
from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import aiohttp
import pytest

from meshrig.errors import InvalidInputError, Problem
from meshrig.harness.control_plane.admission import Admission, MeshInForce
from meshrig.harness.control_plane.injection import Json, PodInjector
from meshrig.harness.control_plane.serving import ServingCertificate
from meshrig.harness.control_plane.webhook import WebhookServer
from meshrig.inject.decision import Decision
from meshrig.kube.errors import KubeError
from meshrig.model.control_plane import SidecarSettings
from meshrig.model.kubernetes import VIRTUAL_NODE_ANNOTATION, Service
from meshrig.names import INJECTION_LABEL, SIDECAR_CONTAINER
from meshrig.read.cluster.objects import read_service
from tests.golden import mesh as ms
from tests.unit.harness.control_plane import objects as ob

SETTINGS = SidecarSettings("shop", "envoy", "meshrig:15012", "CA")


class WritingInjector:
    """The decision stands in the pod's annotation ``test``."""

    def decide(self, namespace_labels: Mapping[str, str], pod: Json) -> Decision:
        if namespace_labels.get(INJECTION_LABEL) != "enabled":
            return Decision("none", "outside")
        kind = (pod["metadata"].get("annotations") or {}).get("test", "sidecar")
        if kind == "impossible":
            raise InvalidInputError([Problem("it has no legs")])
        return Decision(kind, "as the test says")

    def inject(
        self, _pod: Json, virtual_node: str, app_ports: tuple[int, ...], decision: Decision, settings: SidecarSettings
    ) -> Json:
        return {"node": virtual_node, "ports": list(app_ports), "kind": decision.kind, "ca": settings.ca_pem}

    def patch(self, _before: Json, after: Json) -> Sequence[Json]:
        return [{"op": "add", "path": "/told", "value": after}]


@dataclass
class Cluster:
    labels: dict[str, str] = field(default_factory=lambda: {INJECTION_LABEL: "enabled"})
    in_force: MeshInForce | None = field(default_factory=lambda: MeshInForce(ms.shop(), SETTINGS))
    missing: list[str] = field(default_factory=list)
    away: bool = False

    async def namespace_labels(self, _: str) -> Mapping[str, str]:
        if self.away:
            raise KubeError("the API server is away")
        return self.labels

    async def services(self, _: str) -> tuple[Service, ...]:
        return (read_service(ob.service("users-service")),)


class Webhook:
    def __init__(self, cluster: Cluster, port: int) -> None:
        self.cluster = cluster
        self._base = f"https://127.0.0.1:{port}"

    async def review(self, pod: Json, **request: Any) -> dict[str, Any]:
        kind = {"group": "", "version": "v1", "kind": "Pod"}
        every = {"uid": "1", "kind": kind, "operation": "CREATE", "namespace": "shop", "object": pod, **request}
        status, text = await self.call("POST", "/inject", {"kind": "AdmissionReview", "request": every})
        assert status == 200, text
        answer = json.loads(text)
        assert answer["kind"] == "AdmissionReview"
        response: dict[str, Any] = answer["response"]
        assert response["uid"] == "1"
        return response

    async def call(self, method: str, path: str, body: Any = None) -> tuple[int, str]:
        tls = ssl.create_default_context()
        tls.check_hostname, tls.verify_mode = False, ssl.CERT_NONE
        async with (
            aiohttp.ClientSession() as session,
            session.request(method, self._base + path, json=body, ssl=tls) as answer,
        ):
            return answer.status, await answer.text()


@pytest.fixture
async def webhook() -> AsyncIterator[Webhook]:
    cluster = Cluster()
    admission = Admission(WritingInjector(), lambda: cluster.in_force, cluster.namespace_labels, cluster.services)
    server = WebhookServer(admission, ServingCertificate(), lambda: cluster.missing, lambda: {"a": 1})
    port = await server.start("127.0.0.1", 0)
    yield Webhook(cluster, port)
    await server.stop()


def pod(app: str = "users", **annotations: str) -> Json:
    metadata = {"generateName": f"{app}-", "labels": {"app": app}, "annotations": annotations}
    return {"apiVersion": "v1", "kind": "Pod", "metadata": metadata, "spec": {"containers": []}}


def told(response: Mapping[str, Any]) -> Json:
    (operation,) = json.loads(base64.b64decode(response["patch"]))
    assert response["patchType"] == "JSONPatch"
    value: Json = operation["value"]
    return value


async def test_a_pod_behind_a_virtual_nodes_service_becomes_that_node(webhook: Webhook) -> None:
    response = await webhook.review(pod())
    assert response["allowed"]
    assert told(response) == {"node": "users", "ports": [8080], "kind": "sidecar", "ca": "CA"}


async def test_a_pod_may_name_its_virtual_node(webhook: Webhook) -> None:
    response = await webhook.review(pod("ingress", **{VIRTUAL_NODE_ANNOTATION: "ingress", "test": "ingress"}))
    assert told(response) == {"node": "ingress", "ports": [], "kind": "ingress", "ca": "CA"}


async def test_a_pod_that_only_needs_images_needs_no_virtual_node(webhook: Webhook) -> None:
    response = await webhook.review(pod("stranger", test="images"))
    assert told(response)["node"] == ""


@pytest.mark.parametrize(
    ("refused", "message"),
    [
        (pod("stranger"), f"is in no virtual node.*{VIRTUAL_NODE_ANNOTATION}.*{INJECTION_LABEL}: disabled"),
        (pod("users", **{VIRTUAL_NODE_ANNOTATION: "user"}), "no such virtual node .there are: ingress, orders, prod"),
        (
            pod(**{VIRTUAL_NODE_ANNOTATION: "users", "test": "images"}),
            "kept out of the mesh by .*, so it can't be virtual node users",
        ),
        (pod(test="impossible"), "can't take pod users- into the mesh: it has no legs"),
    ],
)
async def test_a_pod_that_does_not_fit_is_refused_with_what_to_do(
    webhook: Webhook, refused: Json, message: str
) -> None:
    response = await webhook.review(refused)
    assert not response["allowed"]
    assert re.search(message, response["status"]["message"])


async def test_before_the_mesh_is_known_nothing_is_let_in(webhook: Webhook) -> None:
    webhook.cluster.in_force = None
    response = await webhook.review(pod())
    assert not response["allowed"]
    assert "try again" in response["status"]["message"]


@pytest.mark.parametrize(
    "request_", [{"namespace": "kube-system"}, {"namespace": "meshrig-system"}, {"operation": "UPDATE"}]
)
async def test_what_is_none_of_our_business_is_left_alone(webhook: Webhook, request_: dict[str, str]) -> None:
    response = await webhook.review(pod("stranger"), **request_)
    assert response["allowed"]
    assert "patch" not in response


async def test_a_namespace_outside_of_the_mesh_is_left_alone(webhook: Webhook) -> None:
    webhook.cluster.labels = {}
    response = await webhook.review(pod("stranger"))
    assert response["allowed"]
    assert "patch" not in response


async def test_a_dry_run_is_answered_alike(webhook: Webhook) -> None:
    assert told(await webhook.review(pod(), dryRun=True)) == told(await webhook.review(pod()))


async def test_failures_are_no_admission(webhook: Webhook) -> None:
    assert (await webhook.call("POST", "/inject", ["no review"]))[0] == 400
    webhook.cluster.away = True
    request = {"uid": "1", "operation": "CREATE", "namespace": "shop", "kind": {"kind": "Pod"}, "object": pod()}
    status, text = await webhook.call("POST", "/inject", {"request": request})
    assert status == 503
    assert "API server" in text


async def test_probes_tell_alive_from_ready(webhook: Webhook) -> None:
    assert await webhook.call("GET", "/healthz") == (200, "ok")
    assert await webhook.call("GET", "/readyz") == (200, "ok")
    webhook.cluster.missing = ["the CA", "the settings"]
    assert await webhook.call("GET", "/healthz") == (200, "ok")
    assert await webhook.call("GET", "/readyz") == (503, "waiting for the CA, the settings")
    assert await webhook.call("GET", "/status") == (200, '{"a": 1}')


async def test_with_the_real_injector_a_pod_gets_its_sidecar() -> None:
    cluster = Cluster()
    admission = Admission(PodInjector(), lambda: cluster.in_force, cluster.namespace_labels, cluster.services)
    plain = {**pod(), "spec": {"containers": [{"name": "users", "image": "users-service"}]}}
    request = {"uid": "1", "operation": "CREATE", "namespace": "shop", "kind": {"kind": "Pod"}, "object": plain}
    response = (await admission.review({"request": request}))["response"]
    assert response["allowed"], response
    operations = json.loads(base64.b64decode(response["patch"]))
    added = json.dumps([operation["value"] for operation in operations])
    assert "mesh/shop/virtualNode/users/" in added
    assert SIDECAR_CONTAINER in added
