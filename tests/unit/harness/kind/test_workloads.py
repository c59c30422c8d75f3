import copy
import datetime
import json
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from meshrig.errors import MeshrigError
from meshrig.harness.kind.workloads import apply_workloads, deployments, ingress_images, load_objects, with_images
from meshrig.runtime.kind.kubectl import Kubectl
from tests.unit.fake_run import FakeRun, failing
from tests.unit.harness.kind.small_system import MANIFESTS

IMAGES = st.sampled_from(["users", "orders", "envoy", "busybox:1"])
CONTAINERS = st.lists(st.fixed_dictionaries({"name": st.text(), "image": IMAGES}), min_size=1)
SPECS = st.fixed_dictionaries({"containers": CONTAINERS}, optional={"initContainers": CONTAINERS})
TEMPLATES = st.fixed_dictionaries({"spec": SPECS}, optional={"metadata": st.just({"labels": {"app": "x"}})})
KINDS = st.sampled_from(["Deployment", "StatefulSet", "DaemonSet", "Job"])
OBJECTS = st.one_of(
    st.builds(lambda kind, template: {"kind": kind, "spec": {"template": template}}, KINDS, TEMPLATES),
    st.builds(lambda spec: {"kind": "Pod", "spec": spec}, SPECS),
    st.builds(lambda t: {"kind": "CronJob", "spec": {"jobTemplate": {"spec": {"template": t}}}}, TEMPLATES),
    st.builds(lambda data: {"kind": "ConfigMap", "data": {"image": data}}, IMAGES),
)


def containers(content: Any) -> list[Any]:
    if isinstance(content, dict):
        found = [*content.get("containers", ()), *content.get("initContainers", ())]
        return found + [c for each in content.values() for c in containers(each)]
    return []


@given(OBJECTS, st.dictionaries(IMAGES, st.text()))
def test_every_container_and_nothing_else_gets_its_image(content: dict[str, Any], images: dict[str, str]) -> None:
    before = copy.deepcopy(content)
    replaced = with_images(content, images)
    assert content == before
    for old, new in zip(containers(content), containers(replaced), strict=True):
        assert new == {**old, "image": images.get(old["image"], old["image"])}
    assert with_images(content, {}) == content
    if content["kind"] == "ConfigMap":
        assert replaced == content


def test_an_unquoted_date_is_no_reason_to_fail() -> None:
    pod = {"kind": "Pod", "metadata": {"annotations": {"since": datetime.date(2026, 1, 1)}}}
    pod["spec"] = {"containers": [{"name": "a", "image": "users"}]}
    assert with_images(pod, {"users": "u@sha256:1"})["spec"]["containers"][0]["image"] == "u@sha256:1"


@pytest.fixture
def manifests(tmp_path: Path) -> Path:
    folder = tmp_path / "manifests"
    folder.mkdir()
    (folder / "all.yaml").write_text(MANIFESTS)
    return folder


def test_namespaces_come_first(manifests: Path) -> None:
    (manifests / "list.yaml").write_text(
        "kind: List\napiVersion: v1\nitems:\n- {apiVersion: v1, kind: ConfigMap, metadata: {name: c}}\n---\n"
    )
    objects = load_objects((manifests,))
    assert [each["kind"] for each in objects] == ["Namespace", "Service", "Deployment", "ConfigMap"]
    assert deployments(objects) == (("shop", "users"),)


def test_pods_that_serve_an_ingress_class_run_our_envoy() -> None:
    template = {
        "metadata": {"annotations": {"meshrig.io/ingress-class": "nginx"}},
        "spec": {"containers": [{"image": "nginx-placeholder"}]},
    }
    other = {"metadata": {"annotations": None}, "spec": {"containers": [{"image": "users"}]}}
    objects = tuple({"kind": "Deployment", "spec": {"template": each}} for each in (template, other))
    assert ingress_images(objects) == {"nginx-placeholder"}


def applied(run: FakeRun, manifests: Path, images: dict[str, str] | None = None) -> None:
    kubectl = Kubectl(run, manifests.parent / "kubeconfig")
    apply_workloads(kubectl, load_objects((manifests,)), images or {}, manifests.parent / "applied.json")


def deleted(run: FakeRun) -> list[str]:
    return [" ".join(call.argv[4:6]) for call in run.made("kubectl * delete *")]


def test_manifests_are_applied_with_images_by_digest(manifests: Path) -> None:
    run = FakeRun({"kubectl * apply *": ""})
    applied(run, manifests, {"users-service": "registry/users@sha256:1"})
    (call,) = run.calls
    found = list(yaml.safe_load_all(call.stdin or ""))
    assert containers(found[-1])[0]["image"] == "registry/users@sha256:1"
    assert [each["kind"] for each in found] == ["Namespace", "Service", "Deployment"]


def test_what_the_files_no_longer_have_leaves_the_cluster(manifests: Path) -> None:
    applied(FakeRun({"kubectl * apply *": ""}), manifests)
    documents = MANIFESTS.split("---\n")
    (manifests / "all.yaml").write_text("---\n".join(documents[1:]))
    run = FakeRun({"kubectl * apply *": "", "kubectl * delete *": ""})
    applied(run, manifests)
    assert deleted(run) == ["Service users-service"]
    applied(run, manifests)
    assert len(deleted(run)) == 1, "once is enough"


def test_a_removal_that_failed_is_tried_again(manifests: Path) -> None:
    applied(FakeRun({"kubectl * apply *": ""}), manifests)
    (manifests / "all.yaml").write_text(MANIFESTS.split("---\n")[2])
    with pytest.raises(MeshrigError, match="timeout"):
        applied(FakeRun({"kubectl * apply *": "", "kubectl * delete *": failing("timeout")}), manifests)
    run = FakeRun({"kubectl * apply *": "", "kubectl * delete *": ""})
    applied(run, manifests)
    assert deleted(run) == ["Service users-service", "Deployment.apps users"]


def test_what_an_interrupted_run_applied_is_removed_too(manifests: Path) -> None:
    with pytest.raises(MeshrigError, match="Ctrl"):
        applied(FakeRun({"kubectl * apply *": failing("Ctrl-C after some objects")}), manifests)
    (manifests / "all.yaml").write_text(MANIFESTS.split("---\n")[2])
    run = FakeRun({"kubectl * apply *": "", "kubectl * delete *": ""})
    applied(run, manifests)
    assert deleted(run) == ["Service users-service", "Deployment.apps users"]


@pytest.mark.parametrize("text", ["", "{", "3", '[["a"]]', json.dumps({"a": 1})])
def test_a_memory_that_is_not_ours_removes_nothing(manifests: Path, text: str) -> None:
    (manifests.parent / "applied.json").write_text(text)
    run = FakeRun({"kubectl * apply *": ""})
    applied(run, manifests)
    assert deleted(run) == []
