"""The objects of a control plane: what they may do, and what they promise."""

import base64
from typing import Any

import pytest

from meshrig.certs.authority import CertificateAuthority
from meshrig.harness.control_plane.chores.trust import read_ca
from meshrig.harness.control_plane.install import control_plane_objects
from meshrig.harness.control_plane.settings import SETTINGS_KEY, settings_from_json
from meshrig.kube.kinds import KINDS
from meshrig.model.control_plane import ControlPlaneSettings
from meshrig.names import INJECTION_LABEL

LOCAL = ControlPlaneSettings("shop", "us-east-1", "envoy", "http://localstack:4566", {"users": "users@sha256:1"})
AWS = ControlPlaneSettings("shop", "us-east-1", "envoy")


def objects(settings: ControlPlaneSettings = LOCAL, ca: tuple[str, str] | None = None) -> dict[str, dict[str, Any]]:
    made = control_plane_objects(settings, "registry/meshrig@sha256:2", ca=ca)
    assert len({body["kind"] for body in made}) == len(made)
    return {body["kind"]: body for body in made}


def rules(body: dict[str, Any]) -> set[tuple[str, str]]:
    return {(resource, verb) for rule in body["rules"] for resource in rule["resources"] for verb in rule["verbs"]}


def test_every_object_has_a_kind_we_can_apply() -> None:
    assert objects().keys() <= KINDS.keys()


def test_the_settings_can_be_read_back() -> None:
    assert settings_from_json(objects()["ConfigMap"]["data"][SETTINGS_KEY], "x") == LOCAL


def test_keys_are_in_the_secret_only() -> None:
    authority = CertificateAuthority.create()
    made = objects(ca=(authority.ca_pem, authority.key_pem))
    assert read_ca(made["Secret"]["data"]).ca_pem == authority.ca_pem
    key = base64.b64encode(authority.key_pem.encode()).decode()
    holders = {kind for kind, body in made.items() if authority.key_pem in repr(body) or key in repr(body)}
    assert holders == {"Secret"}
    assert "Secret" not in objects()


def test_the_webhook_fails_closed_for_mesh_namespaces_and_leaves_the_systems_alone() -> None:
    (webhook,) = objects()["MutatingWebhookConfiguration"]["webhooks"]
    assert webhook["failurePolicy"] == "Fail"
    assert webhook["sideEffects"] == "None"
    selector = webhook["namespaceSelector"]
    assert selector["matchLabels"] == {INJECTION_LABEL: "enabled"}
    assert selector["matchExpressions"][0]["values"] == ["kube-system", "meshrig-system"]


def test_only_a_local_control_plane_may_give_out_addresses_and_access() -> None:
    given = {("services/status", "patch"), ("clusterrolebindings", "create"), ("clusterroles", "bind")}
    assert given <= rules(objects(LOCAL)["ClusterRole"])
    assert not given & rules(objects(AWS)["ClusterRole"])


@pytest.mark.parametrize("settings", [LOCAL, AWS])
def test_the_control_plane_reads_no_secret_but_the_ca_and_writes_no_pod(settings: ControlPlaneSettings) -> None:
    made = objects(settings)
    cluster = rules(made["ClusterRole"])
    assert not {resource for resource, _ in cluster} & {"secrets", "configmaps", "*"}
    assert {verb for resource, verb in cluster if resource == "pods"} == {"get", "list", "watch"}
    (reading,) = (r for r in made["Role"]["rules"] if r["resources"] == ["secrets"] and "get" in r["verbs"])
    assert reading["resourceNames"] == ["meshrig-ca"]


def test_its_pods_have_no_rights_on_their_node_and_leave_gently() -> None:
    deployment = objects()["Deployment"]["spec"]
    assert deployment["replicas"] == 2
    pod = deployment["template"]["spec"]
    (container,) = pod["containers"]
    assert pod["securityContext"]["runAsNonRoot"]
    assert container["securityContext"]["readOnlyRootFilesystem"]
    assert container["securityContext"]["capabilities"] == {"drop": ["ALL"]}
    assert container["lifecycle"]["preStop"]["sleep"]["seconds"] < pod["terminationGracePeriodSeconds"]
    assert container["image"] == "registry/meshrig@sha256:2"
