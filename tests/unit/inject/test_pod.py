import json
from typing import Any

import pytest

from meshrig.errors import InvalidInputError
from meshrig.inject.decision import Decision
from meshrig.inject.pod import inject_pod, resolve_images
from tests.golden.injection.cases import SETTINGS
from tests.unit.inject.pods import INGRESS, container, injected, pod, problems_of, sidecar_of

CLASS = {"meshrig.io/ingress-class": "nginx"}


def test_none_changes_nothing() -> None:
    assert injected(pod(), Decision("none", "")) == pod()


def test_the_given_pod_is_left_as_it_was() -> None:
    given = pod(container(readinessProbe={"httpGet": {"port": 80}}, lifecycle={}), initContainers=[container("i")])
    before = json.dumps(given)
    injected(given)
    assert json.dumps(given) == before


def test_order_of_init_containers() -> None:
    out = injected(pod(initContainers=[container("own")]))
    assert [each["name"] for each in out["spec"]["initContainers"]] == ["meshrig-redirect", "envoy", "own"]
    assert sidecar_of(out)["restartPolicy"] == "Always"


def test_a_containers_own_variables_win() -> None:
    own = {"name": "AWS_REGION", "value": "eu-west-1"}
    env = injected(pod(container(env=[own])))["spec"]["containers"][0]["env"]
    assert env == [{"name": "AWS_ENDPOINT_URL", "value": "http://localstack:4566"}, own]


def test_the_sidecar_gets_nothing_of_the_applications_environment() -> None:
    assert "AWS_ENDPOINT_URL" not in json.dumps(sidecar_of(injected(pod())))


def test_a_virtual_node_is_needed() -> None:
    with pytest.raises(InvalidInputError, match="virtual node is not known"):
        inject_pod(pod(), "", (), Decision("sidecar", ""), SETTINGS)


def test_images_in_all_containers() -> None:
    given = pod(container(), container("b", image="other"), initContainers=[container("i")])
    images = [each["image"] for each in _all(resolve_images(given, {"shop-app": "r@sha256:1"}))]
    assert images == ["r@sha256:1", "r@sha256:1", "other"]


def _all(given: Any) -> list[Any]:
    return [*given["spec"]["initContainers"], *given["spec"]["containers"]]


def test_an_injected_pod_still_gets_its_images() -> None:
    """As with ``meshrig inject``, whose output the webhook sees later."""
    done = inject_pod(pod(), "users", (), Decision("sidecar", ""), SETTINGS.__class__("shop", "e", "h:1", "pem"))
    out: Any = inject_pod(done, "", (), Decision("images", ""), SETTINGS)
    assert out["spec"]["containers"][0]["image"] == SETTINGS.images["shop-app"]
    assert out["metadata"]["annotations"]["meshrig.io/injected"] == "sidecar"
    assert "AWS_REGION" in json.dumps(out["spec"]["containers"])
    assert "AWS_REGION" not in json.dumps(out["spec"]["initContainers"])


@pytest.mark.parametrize(
    ("image", "annotations", "expected"),
    [
        ("envoyproxy/envoy:v1.40.0", {}, SETTINGS.envoy_image),
        ("auto", {}, SETTINGS.envoy_image),
        ("envoyproxy/envoy:v1.39.0", {}, "envoyproxy/envoy:v1.39.0"),
        ("shop-app", {}, SETTINGS.images["shop-app"]),
        (
            "envoyproxy/envoy:v1.40.0",
            {"appmesh.k8s.aws/virtualGatewaySkipImageOverride": "enabled"},
            "envoyproxy/envoy:v1.40.0",
        ),
    ],
)
def test_image_of_an_ingress(image: str, annotations: dict[str, str], expected: str) -> None:
    out = injected(pod(container("envoy", image=image), annotations=CLASS | annotations), INGRESS)
    assert out["spec"]["containers"][0]["image"] == expected


def test_an_ingress_is_the_container_named_envoy_else_the_first() -> None:
    named = injected(pod(container("logs"), container("envoy"), annotations=CLASS), INGRESS)
    assert [bool(each.get("args")) for each in named["spec"]["containers"]] == [False, True]
    first = injected(pod(container("proxy"), container("logs"), annotations=CLASS), INGRESS)
    assert [bool(each.get("args")) for each in first["spec"]["containers"]] == [True, False]


def test_an_ingress_never_runs_as_root() -> None:
    out = injected(pod(container("envoy", securityContext={"runAsUser": 0}), annotations=CLASS), INGRESS)
    security = out["spec"]["containers"][0]["securityContext"]
    assert (security["runAsUser"], security["runAsNonRoot"]) == (1337, True)


def test_a_low_port_of_an_ingress_is_allowed_to_users() -> None:
    low = container("envoy", ports=[{"containerPort": 80}])
    sysctls = injected(pod(low, annotations=CLASS), INGRESS)["spec"]["securityContext"]["sysctls"]
    assert sysctls == [{"name": "net.ipv4.ip_unprivileged_port_start", "value": "0"}]
    high = injected(pod(container("envoy", ports=[{"containerPort": 8080}]), annotations=CLASS), INGRESS)
    assert "securityContext" not in high["spec"]


def test_an_ingress_needs_a_container() -> None:
    empty: dict[str, Any] = {"spec": {"containers": []}}
    assert "no container" in problems_of(empty, INGRESS)
