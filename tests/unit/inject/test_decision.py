from typing import Any

import pytest

from meshrig.errors import InvalidInputError
from meshrig.inject.decision import decide_injection
from meshrig.names import INJECTION_LABEL
from tests.unit.inject.pods import INGRESS, injected, pod

ON, OFF = {INJECTION_LABEL: "enabled"}, {INJECTION_LABEL: "disabled"}


@pytest.mark.parametrize(
    ("namespace", "annotation", "kind"),
    [
        (ON, None, "sidecar"),
        (ON, "enabled", "sidecar"),
        (ON, "disabled", "images"),
        (OFF, None, "none"),
        ({}, None, "none"),
        ({}, "enabled", "sidecar"),
        (OFF, "disabled", "none"),
    ],
)
def test_annotation_overrides_label(namespace: dict[str, str], annotation: str | None, kind: str) -> None:
    annotations = {INJECTION_LABEL: annotation} if annotation else {}
    assert decide_injection(namespace, pod(annotations=annotations)).kind == kind


def test_ingress_class_makes_an_ingress() -> None:
    assert decide_injection(ON, pod(annotations={"meshrig.io/ingress-class": "nginx"})).kind == "ingress"


def test_injected_pods_only_get_images() -> None:
    ingress = pod(annotations={"meshrig.io/ingress-class": "nginx"})
    for done in (injected(pod()), injected(ingress, INGRESS)):
        assert decide_injection(ON, done).kind == "images"


def test_the_annotation_alone_keeps_no_pod_out_of_the_mesh() -> None:
    assert decide_injection(ON, pod(annotations={"meshrig.io/injected": "sidecar"})).kind == "sidecar"


def test_unknown_value_is_refused() -> None:
    with pytest.raises(InvalidInputError, match="neither enabled nor disabled"):
        decide_injection(ON, pod(annotations={INJECTION_LABEL: "yes"}))


def test_host_network_is_refused_unless_disabled() -> None:
    with pytest.raises(InvalidInputError, match="node's own traffic"):
        decide_injection(ON, pod(hostNetwork=True))
    assert decide_injection(ON, pod(annotations={INJECTION_LABEL: "disabled"}, hostNetwork=True)).kind == "images"
    assert decide_injection(OFF, pod(hostNetwork=True)).kind == "none"


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        (None, "must be a mapping"),
        ({"spec": None}, "spec is missing"),
        ({"spec": {"containers": {}}}, "spec.containers: must be a list"),
        ({"spec": {"containers": [None]}}, r"spec.containers\[0\]: must not be empty"),
        ({"spec": {"containers": [{"image": "x"}]}}, r"spec.containers\[0\]: name is missing"),
        ({"spec": {"containers": []}, "metadata": {"annotations": {"a": 1}}}, r"annotations\[a\]: must be text"),
    ],
)
def test_what_is_no_pod_is_refused(wrong: Any, message: str) -> None:
    with pytest.raises(InvalidInputError, match=message):
        decide_injection(ON, wrong)
