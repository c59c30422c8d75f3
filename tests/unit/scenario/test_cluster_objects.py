from typing import Any

import pytest

from meshrig.errors import MeshrigError
from meshrig.scenario.cluster_objects import (
    find_targets,
    read_items,
    read_node_addresses,
    read_pods,
    read_services,
)
from meshrig.scenario.context import Target, Targets
from tests.unit.scenario.cluster_json import listing, node, pod, service

HTTP = {"port": 80, "targetPort": "http", "protocol": "TCP"}


def targets(*items: dict[str, Any]) -> Targets:
    return find_targets("users", read_pods(items), read_services(items), read_node_addresses(items))


def test_every_kind_of_address_is_found() -> None:
    found = targets(
        pod("users-0"),
        pod("users-1", ip="10.244.0.8"),
        pod("orders-0", "orders", ip="10.244.0.9"),
        service({"app": "users"}, "10.96.0.1", {**HTTP, "nodePort": 30081}),
        service({"app": "orders"}, "10.96.0.2", HTTP),
        node("172.18.0.2"),
    )
    assert found.addresses == (
        Target("pod_ip", "10.244.0.7", 8080),
        Target("pod_ip", "10.244.0.8", 8080),
        Target("cluster_ip", "10.96.0.1", 80),
        Target("node_port", "172.18.0.2", 30081),
    )


@pytest.mark.parametrize(
    "other",
    [
        service({}, "10.96.0.3", HTTP),
        service(None, "10.96.0.3", HTTP),
        service({"app": "users"}, "10.96.0.3", HTTP, namespace="elsewhere"),
        service({"app": "users", "track": "canary"}, "10.96.0.3", HTTP),
        service({"app": "users"}, "None", HTTP),
        service({"app": "users"}, "10.96.0.3", {"port": 53, "protocol": "UDP"}),
    ],
)
def test_a_service_that_leads_elsewhere_is_left_out(other: dict[str, Any]) -> None:
    found = targets(pod("users-0"), other)
    assert [target.via for target in found.addresses] == ["pod_ip"]
    assert found.absent["cluster_ip"] == "no Service with a ClusterIP selects users"
    assert found.absent["node_port"] == "no Service of users has a NodePort"


@pytest.mark.parametrize(
    "other",
    [
        pod("pending", phase="Pending"),
        pod("done", phase="Succeeded"),
        pod("leaving", deleted=True),
        pod("no-ip", ip=""),
        pod("outside", annotations={}),
    ],
)
def test_a_pod_that_takes_no_part_is_left_out(other: dict[str, Any]) -> None:
    assert read_pods([other]) == ()


def test_a_pod_without_a_sidecar_still_is_a_target() -> None:
    """Else a pod that the webhook missed would look safe."""
    bare = pod("users-0", annotations={"meshrig.io/virtual-node": "users"})
    (found,) = read_pods([bare])
    assert not found.injected
    assert targets(bare).addresses == (Target("pod_ip", "10.244.0.7", 8080),)


@pytest.mark.parametrize("text", ["", "No resources found", "[]", "{}", '{"items": null}'])
def test_what_is_no_list_is_said(text: str) -> None:
    with pytest.raises(MeshrigError, match="no list of objects"):
        read_items(text)


def test_a_list_is_read() -> None:
    assert read_items(listing(node("172.18.0.2"))) == (node("172.18.0.2"),)
