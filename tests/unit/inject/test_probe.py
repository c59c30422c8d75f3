from typing import Any

import pytest

from meshrig.errors import Problem
from meshrig.inject.probe import ProbeTarget, Rewritten, rewrite_probes
from tests.unit.inject.pods import container


def _rewrite(**fields: Any) -> Rewritten:
    problems: list[Problem] = []
    rewritten = rewrite_probes(container(**fields), problems)
    assert not problems
    return rewritten


def test_http_probe() -> None:
    probe = {
        "httpGet": {"path": "/r", "port": "http", "httpHeaders": [{"name": "H", "value": "v"}]},
        "timeoutSeconds": 3,
    }
    found = _rewrite(readinessProbe=probe, ports=[{"name": "http", "containerPort": 8080}])
    assert found.targets == (ProbeTarget("/app-health/app/readyz", "http", 8080, "/r", timeout_seconds=3),)
    assert found.container["readinessProbe"] == {
        "httpGet": {
            "path": "/app-health/app/readyz",
            "port": 15020,
            "scheme": "HTTP",
            "httpHeaders": [{"name": "H", "value": "v"}],
        },
        "timeoutSeconds": 3,
    }


def test_https_is_plain_to_the_kubelet() -> None:
    found = _rewrite(livenessProbe={"httpGet": {"port": 8443, "scheme": "HTTPS"}, "periodSeconds": 0})
    assert found.targets == (ProbeTarget("/app-health/app/livez", "https", 8443),)
    assert found.container["livenessProbe"]["httpGet"]["scheme"] == "HTTP"


def test_tcp_and_grpc_become_http() -> None:
    found = _rewrite(
        startupProbe={"tcpSocket": {"port": 90}, "failureThreshold": 9},
        livenessProbe={"grpc": {"port": 91, "service": "s"}, "periodSeconds": 5},
    )
    assert found.targets == (
        ProbeTarget("/app-health/app/startupz", "tcp", 90),
        ProbeTarget("/app-health/app/livez", "grpc", 91, service="s", period_seconds=5),
    )
    startup = found.container["startupProbe"]
    assert (startup["failureThreshold"], "tcpSocket" in startup) == (9, False)


def test_hooks_have_no_timeout() -> None:
    lifecycle = {"postStart": {"httpGet": {"path": "/warm", "port": 80}}, "preStop": {"exec": {"command": ["x"]}}}
    found = _rewrite(lifecycle=lifecycle)
    assert found.targets == (ProbeTarget("/app-lifecycle/app/poststart", "http", 80, "/warm", timeout_seconds=0),)
    assert found.container["lifecycle"]["postStart"]["httpGet"]["port"] == 15020
    assert found.container["lifecycle"]["preStop"] == lifecycle["preStop"]


@pytest.mark.parametrize(
    "probe",
    [
        {"exec": {"command": ["true"]}},
        {"httpGet": {"port": 80, "host": "192.0.2.1"}},
        {"httpGet": {"port": 15020, "path": "/ready"}},
        {},
    ],
)
def test_left_alone(probe: dict[str, Any]) -> None:
    found = _rewrite(readinessProbe=probe)
    assert not found.targets
    assert found.container["readinessProbe"] == probe


@pytest.mark.parametrize(
    ("action", "message"),
    [
        ({"port": "web"}, "no container port is named 'web'"),
        ({"port": 0}, "0 is not a port"),
        ({"port": 80, "scheme": "FTP"}, "'FTP' is neither HTTP nor HTTPS"),
        ({"port": 80, "path": "/a\nb"}, "no path may have"),
    ],
)
def test_what_is_wrong_is_named(action: dict[str, Any], message: str) -> None:
    problems: list[Problem] = []
    rewrite_probes(container(readinessProbe={"httpGet": action}), problems)
    assert [message in str(problem) for problem in problems] == [True]
    assert str(problems[0]).startswith("container app: readinessProbe.httpGet")
