"""The redirection and the probe port of an injected pod, with a real Envoy and real iptables."""

import subprocess
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass

import pytest

from meshrig.inject.decision import Decision
from meshrig.inject.pod import inject_pod
from tests.golden.injection.cases import SETTINGS
from tests.integration.inject.containers import (
    IMAGE,
    PYTHON,
    ROOT,
    Containers,
    address_of,
    answering_listener,
    docker,
    envoy_arguments,
    run_options,
)

pytestmark = pytest.mark.docker
APP_PORT, UNLISTED_PORT, IGNORED_PORT, DEAD_PORT = 8080, 9000, 7070, 8999
POD = {
    "metadata": {"annotations": {"appmesh.k8s.aws/egressIgnoredPorts": str(IGNORED_PORT)}},
    "spec": {
        "containers": [
            {
                "name": "app",
                "image": "app",
                "readinessProbe": {"httpGet": {"path": "/readyz?deep=1", "port": APP_PORT}},
                "livenessProbe": {"tcpSocket": {"port": APP_PORT}},
                "startupProbe": {"tcpSocket": {"port": DEAD_PORT}},
            }
        ]
    },
}
SIDECAR = 1337


@dataclass(frozen=True)
class RunningPod:
    """``sandbox`` and ``peer`` are containers with Python, the first in the pod's network."""

    containers: Containers
    sandbox: str
    envoy: str
    peer: str
    hook: list[str]
    redirect_says: str

    def from_peer(self, port: int, path: str = "/", method: str = "GET") -> str:
        return self.containers.get(self.peer, f"http://{address_of(self.sandbox)}:{port}{path}", method=method)

    def from_pod(self, host: str, port: int, user: int = 1000) -> str:
        return self.containers.get(self.sandbox, f"http://{host}:{port}/", user)


@pytest.fixture(scope="module")
def pod() -> Iterator[RunningPod]:
    docker("build", "--quiet", "--tag", IMAGE, str(ROOT / "envoy"))
    injected = inject_pod(POD, "users", (APP_PORT,), Decision("sidecar", "test"), SETTINGS)
    redirect, sidecar = injected["spec"]["initContainers"]
    listeners = [
        answering_listener("ingress", 15000, {"destination_port": APP_PORT}),
        answering_listener("egress", 15001, {}),
    ]
    containers = Containers()
    try:
        sandbox = containers.start("sandbox", PYTHON, "sleep", "600")
        network = ["--network", f"container:{sandbox}"]
        said = docker("run", "--rm", *network, *run_options(redirect), "--entrypoint", *redirect["command"], IMAGE)
        envoy = containers.start(
            "envoy", *network, *run_options(sidecar), IMAGE, *envoy_arguments(injected, sidecar, listeners)
        )
        containers.serve("app", [APP_PORT, UNLISTED_PORT], *network)
        peer = containers.serve("peer", [APP_PORT, IGNORED_PORT, 22])
        hook = sidecar["lifecycle"]["preStop"]["exec"]["command"]
        running = RunningPod(containers, sandbox, envoy, peer, hook, said)
        _eventually(lambda: running.from_peer(15020, "/app-health/app/readyz").startswith("200"))
        yield running
    finally:
        containers.remove()
        subprocess.run(["docker", "rmi", IMAGE], capture_output=True, check=False)


def _eventually(condition: Callable[[], bool], seconds: float = 20) -> None:
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, "not within the time"
        time.sleep(0.2)


def test_redirects_both_ip_versions(pod: RunningPod) -> None:
    assert pod.redirect_says == "meshrig-redirect: IPv4 and IPv6 redirected"


def test_inbound_reaches_envoy_whatever_the_port(pod: RunningPod) -> None:
    assert pod.from_peer(APP_PORT) == "200 keep-alive ingress"
    for port in (UNLISTED_PORT, 15000, 15001, 9901, DEAD_PORT):
        assert pod.from_peer(port).startswith("no answer"), port


def test_outbound_reaches_envoy_but_for_what_is_exempt(pod: RunningPod) -> None:
    peer = address_of(pod.peer)
    assert pod.from_pod(peer, APP_PORT) == "200 keep-alive egress"
    assert pod.from_pod(peer, APP_PORT, SIDECAR) == "200 keep-alive peer /"
    for port in (IGNORED_PORT, 22):
        assert pod.from_pod(peer, port) == "200 keep-alive peer /", port


def test_a_pod_that_dials_itself(pod: RunningPod) -> None:
    own = address_of(pod.sandbox)
    for host in (own, "127.0.0.1"):
        assert pod.from_pod(host, APP_PORT) == "200 keep-alive app /"
        assert pod.from_pod(host, 15001).startswith("no answer"), "Envoy must not dial itself"
    assert pod.from_pod("127.0.0.1", APP_PORT, SIDECAR) == "200 keep-alive app /"
    assert pod.from_pod(own, APP_PORT, SIDECAR) == "200 keep-alive ingress", "as a call from outside"


def test_probe_port_reaches_exactly_what_is_probed(pod: RunningPod) -> None:
    assert pod.from_peer(15020, "/ready") == "200 keep-alive LIVE\n".strip()
    assert pod.from_peer(15020, "/app-health/app/readyz") == "200 keep-alive app /readyz?deep=1"
    assert pod.from_peer(15020, "/app-health/app/livez").startswith("200")
    assert pod.from_peer(15020, "/app-health/app/startupz").startswith("503"), "nobody listens there"
    assert "envoy_server_live" in pod.from_peer(15020, "/stats/prometheus")
    for path in ("/", "/config_dump", "/app-health/app/readyz?x=1", "/app-health/app/", "/healthz"):
        assert pod.from_peer(15020, path).startswith("404"), path
    for path in ("/ready", "/quitquitquit", "/app-health/app/readyz", "/drain_listeners"):
        assert pod.from_peer(15020, path, "POST").startswith("404"), path


def test_drain_asks_clients_to_go_and_goes_on_serving(pod: RunningPod) -> None:
    hook = subprocess.Popen(["docker", "exec", pod.envoy, *pod.hook])
    try:
        _eventually(lambda: pod.from_peer(APP_PORT) == "200 close ingress", 4)
        assert pod.from_pod(address_of(pod.peer), APP_PORT) == "200 keep-alive egress"
        assert hook.wait(20) == 0
        assert pod.from_peer(APP_PORT) == "200 close ingress"
        assert pod.from_peer(15020, "/app-health/app/readyz").startswith("200 keep-alive")
    finally:
        hook.kill()
        hook.wait()
