"""What ``meshrig inject`` makes of manifests; what it makes of a pod is tests/unit/inject's."""

import json
from pathlib import Path
from typing import Any

import pytest
import yaml
from click.testing import CliRunner, Result

from meshrig.certs.authority import CertificateAuthority
from meshrig.cli.inject import inject

ROOT = Path(__file__).parents[3]
POD: dict[str, Any] = {"spec": {"containers": [{"name": "app", "image": "app"}]}}
TEMPLATED = ("Deployment", "StatefulSet", "DaemonSet", "ReplicaSet", "ReplicationController", "Job")


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Any:
    """Run the command in an empty folder, with a CA, on these objects."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "ca.crt").write_text(CertificateAuthority.create().ca_pem)

    def _run(objects: list[Any], *options: str) -> Result:
        (tmp_path / "given.yaml").write_text(yaml.safe_dump_all(objects, sort_keys=False))
        return CliRunner().invoke(inject, ["-f", "given.yaml", "--ca", "ca.crt", *options])

    return _run


def _named(kind: str, **fields: Any) -> dict[str, Any]:
    return {"apiVersion": "v1", "kind": kind, "metadata": {"name": "x"}, **fields}


def _injected(pod: Any) -> bool:
    return [each["name"] for each in pod["spec"].get("initContainers", ())] == ["meshrig-redirect", "envoy"]


@pytest.mark.parametrize("kind", TEMPLATED)
def test_pods_of_workloads(run: Any, kind: str) -> None:
    done = run([_named(kind, spec={"template": POD})], "--mesh", "m", "--virtual-node", "n")
    assert done.exit_code == 0, done.output
    template = yaml.safe_load(done.stdout)["spec"]["template"]
    assert _injected(template)
    assert template["metadata"]["annotations"]["meshrig.io/virtual-node"] == "n"


def test_pods_elsewhere(run: Any) -> None:
    objects = [
        _named("Pod", **POD),
        _named("CronJob", spec={"schedule": "* * * * *", "jobTemplate": {"spec": {"template": POD}}}),
        _named("PodTemplate", template=POD),
    ]
    done = run([{"kind": "List", "apiVersion": "v1", "items": objects}], "--mesh", "m", "--virtual-node", "n")
    pod, cron_job, template = yaml.safe_load_all(done.stdout)
    assert _injected(pod)
    assert _injected(cron_job["spec"]["jobTemplate"]["spec"]["template"])
    assert _injected(template["template"])
    assert pod["metadata"]["name"] == "x"


def test_everything_else_stays_as_it_is(run: Any) -> None:
    objects = [
        _named("ConfigMap", data={"text": "one\ntwo\n", "on": "yes"}),
        {**_named("DaemonSet", spec={"template": POD}), "metadata": {"name": "proxy", "namespace": "kube-system"}},
        _named("Pod", spec=POD["spec"]) | {"metadata": {"name": "x", "annotations": _DISABLED}},
    ]
    done = run(objects, "--mesh", "m")
    assert list(yaml.safe_load_all(done.stdout)) == objects


_DISABLED = {"appmesh.k8s.aws/sidecarInjectorWebhook": "disabled"}


def test_a_second_time_changes_nothing(run: Any) -> None:
    once = run([_named("Pod", **POD)], "--mesh", "m", "--virtual-node", "n").stdout
    assert run([yaml.safe_load(once)], "--mesh", "m", "--virtual-node", "n").stdout == once


def test_json(run: Any) -> None:
    done = run([_named("Pod", **POD), _named("Service")], "--mesh", "m", "--virtual-node", "n", "-o", "json")
    assert [each["kind"] for each in json.loads(done.stdout)["items"]] == ["Pod", "Service"]


@pytest.mark.parametrize(
    ("objects", "options", "message"),
    [
        ([_named("Pod", **POD)], ["--mesh", "m"], "given.yaml:1: Pod/x: the pod is in no virtual node"),
        ([_named("Pod", **POD)], ["--virtual-node", "n"], "no mesh is known (name one with --mesh)"),
        (
            [_named("Service"), _named("Job", spec={"template": {"spec": {**POD["spec"], "hostNetwork": True}}})],
            ["--mesh", "m", "--virtual-node", "n"],
            "given.yaml:6: Job/x.spec.hostNetwork: a pod on the node's network",
        ),
        ([_named("Job", spec={"template": "x"})], ["--mesh", "m"], "Job/x: must be a mapping"),
    ],
)
def test_wrong_input(run: Any, objects: list[Any], options: list[str], message: str) -> None:
    done = run(objects, *options)
    assert (done.exit_code, done.stdout) == (2, "")
    assert message in done.stderr


def test_a_key_is_no_ca(run: Any, tmp_path: Path) -> None:
    (tmp_path / "ca.key").write_text("-----BEGIN PRIVATE KEY-----")
    done = run([_named("Pod", **POD)], "--mesh", "m", "--ca", "ca.key")
    assert "must hold certificates in PEM" in done.stderr


def test_the_project_says_what_the_pods_are(tmp_path: Path) -> None:
    ca = tmp_path / "ca.crt"
    ca.write_text(CertificateAuthority.create().ca_pem)
    done = CliRunner().invoke(inject, ["--project", str(ROOT / "meshrig.yaml"), "--ca", str(ca)])
    assert done.exit_code == 0, done.output
    found = {
        each["metadata"]["name"]: each["spec"]["template"]["metadata"]["annotations"]
        for each in yaml.safe_load_all(done.stdout)
        if each["kind"] == "Deployment"
    }
    kinds = {name: (a["meshrig.io/virtual-node"], a["meshrig.io/injected"]) for name, a in found.items()}
    assert kinds == {
        "ingress": ("ingress", "ingress"),
        "orders": ("orders", "sidecar"),
        "products": ("products", "sidecar"),
        "users": ("users", "sidecar"),
    }
