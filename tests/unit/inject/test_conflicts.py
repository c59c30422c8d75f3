"""What would break the sidecar or pass beside it is refused."""

from typing import Any

import pytest

from tests.unit.inject.pods import INGRESS, container, pod, problems_of


@pytest.mark.parametrize(
    ("given", "message"),
    [
        (pod(container(securityContext={"runAsUser": 1337})), "user 1337 is the sidecar's"),
        (pod(securityContext={"runAsUser": 1337}), "user 1337 is the sidecar's"),
        (pod(initContainers=[container("i", securityContext={"runAsUser": 1337})]), "user 1337 is the sidecar's"),
        (pod(container("envoy")), "the name is the injected container's"),
        (pod(initContainers=[container("meshrig-redirect")]), "the name is the injected container's"),
        (pod(container(), container()), "two containers have this name"),
        (pod(container(ports=[{"containerPort": 15020}])), "port 15020 is the sidecar's"),
        (pod(hostNetwork=True), "redirecting would hit the node"),
        (pod(os={"name": "windows"}), "only Linux pods"),
        (pod(annotations={"appmesh.k8s.aws/ports": "9090"}), "leaves out port 8080"),
        (pod(annotations={"appmesh.k8s.aws/ports": "8080,15020"}), "port 15020 is the sidecar's own"),
    ],
)
def test_refused(given: Any, message: str) -> None:
    assert message in problems_of(given)


def test_a_listener_on_the_sidecars_port_is_refused() -> None:
    assert "15000" in problems_of(pod(), ports=(15000,))


def test_udp_and_another_user_are_fine() -> None:
    ports = [{"containerPort": 15000, "protocol": "UDP"}]
    assert not problems_of(pod(container(ports=ports, securityContext={"runAsUser": 0}), runAsUser=1337))


def test_an_ingress_has_no_such_conflicts() -> None:
    assert not problems_of(pod(container("envoy"), hostNetwork=True), INGRESS)
