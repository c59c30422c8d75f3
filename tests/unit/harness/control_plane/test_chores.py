"""The leader's chores: plans as pure functions, and what applying them leaves in the API."""

import base64
from dataclasses import replace

import pytest

from meshrig.certs.authority import CertificateAuthority
from meshrig.errors import MeshrigError
from meshrig.harness.access_entries import AccessEntry, AccessPolicy
from meshrig.harness.control_plane.chores.access_bindings import access_group, apply_bindings, plan_bindings
from meshrig.harness.control_plane.chores.addresses import AddressPlan, apply_addresses, plan_addresses
from meshrig.harness.control_plane.chores.events import CONTROL_PLANE_SUBJECT, EventLog, Notice
from meshrig.harness.control_plane.chores.trust import create_ca, keep_ca_bundle, read_ca
from meshrig.harness.control_plane.cluster_watch import CA_SECRET
from meshrig.harness.control_plane.install import control_plane_objects
from meshrig.kube.client import KubeClient
from meshrig.kube.kinds import CLUSTER_ROLE_BINDING, INGRESS, MUTATING_WEBHOOK, ROLE_BINDING, SECRET, SERVICE
from meshrig.model.cluster import ClusterState
from meshrig.model.control_plane import ControlPlaneSettings
from meshrig.names import CONTROL_PLANE, SYSTEM_NAMESPACE
from meshrig.read.cluster.objects import (
    read_load_balancer,
    read_namespace,
    read_node,
    read_pod,
    read_service,
)
from tests.unit.harness.control_plane import objects as ob
from tests.unit.kube.fake_api import FakeApi

ROLE_ARN = "arn:aws:iam::000000000000:role/dev"
USER_ARN = "arn:aws:iam::000000000000:user/jane"


# --- addresses ---


def cluster(*services: ob.Object, ingress: bool = False) -> ClusterState:
    balancers = [read_load_balancer("Service", each) for each in services]
    if ingress:
        balancers.append(read_load_balancer("Ingress", ob.ingress()))
    return ClusterState(
        pods=(read_pod(ob.pod("ingress-1", "ingress", ingress_class="nginx")),) if ingress else (),
        services=tuple(read_service(each) for each in services),
        load_balancers=tuple(balancer for balancer in balancers if balancer),
        namespaces={"shop": read_namespace(ob.namespace("shop", mesh=True))},
        nodes=(read_node(ob.node()),),
    )


def planned(plan: AddressPlan) -> dict[str, tuple[str, ...]]:
    return {balancer.name: addresses for balancer, addresses in plan.changes}


def test_a_load_balancer_gets_the_nodes_address_and_other_services_nothing() -> None:
    plan = plan_addresses(cluster(ob.service("a", "LoadBalancer", 80), ob.service("b", "NodePort", 80, 30081)))
    assert planned(plan) == {"a": ("10.9.0.2",)}
    assert plan.notices == ()


def test_of_two_with_one_port_the_older_gets_the_address_and_the_other_is_told() -> None:
    old = ob.service("z", "LoadBalancer", 80, created="2026-01-01T00:00:00Z")
    new = ob.service("a", "LoadBalancer", 80, created="2026-01-02T00:00:00Z")
    plan = plan_addresses(cluster(new, old))
    assert planned(plan) == {"z": ("10.9.0.2",)}
    (notice,) = plan.notices
    assert notice.subject.name == "a"
    assert "port 80 of 10.9.0.2 belongs to Service shop/z" in notice.message


def test_a_load_balancer_that_has_the_address_keeps_it_and_an_unchanged_one_is_left_alone() -> None:
    has = ob.service("young", "LoadBalancer", 80, created="2026-02-01T00:00:00Z")
    has["status"] = {"loadBalancer": {"ingress": [{"ip": "10.9.0.2"}]}}
    assert planned(plan_addresses(cluster(has, ob.service("old", "LoadBalancer", 80)))) == {}


def test_an_address_that_clashes_now_is_taken_back() -> None:
    clashing = ob.service("a", "LoadBalancer", 30080)
    clashing["status"] = {"loadBalancer": {"ingress": [{"ip": "10.9.0.2"}]}}
    plan = plan_addresses(cluster(clashing, ob.service("b", "NodePort", 80, 30080)))
    assert planned(plan) == {"a": ()}


def test_the_nodes_own_ports_are_not_given_away() -> None:
    plan = plan_addresses(cluster(ob.service("a", "LoadBalancer", 6443)))
    assert planned(plan) == {}
    assert "belongs to the node itself" in plan.notices[0].message


def test_an_ingress_gets_the_address_where_pods_serve_its_class() -> None:
    assert planned(plan_addresses(cluster(ingress=True))) == {"shop": ("10.9.0.2",)}
    assert planned(plan_addresses(replace(cluster(ingress=True), pods=()))) == {}


async def test_addresses_are_written_to_the_status_and_taken_away(client: KubeClient, api: FakeApi) -> None:
    api.put(ob.service("a", "LoadBalancer", 80))
    api.put(ob.ingress())
    state = cluster(ob.service("a", "LoadBalancer", 80), ingress=True)
    await apply_addresses(client, plan_addresses(state))
    for kind, name in ((SERVICE, "a"), (INGRESS, "shop")):
        found = api.find(kind, name, "shop")
        assert found is not None
        assert found["status"]["loadBalancer"] == {"ingress": [{"ip": "10.9.0.2"}]}
    (balancer,) = (b for b in state.load_balancers if b.kind == "Service")
    await apply_addresses(client, AddressPlan(((balancer, ()),)))
    found = api.find(SERVICE, "a", "shop")
    assert found is not None
    assert not found["status"]["loadBalancer"].get("ingress")


# --- access entries ---


def test_policies_become_bindings_for_the_cluster_or_its_namespaces() -> None:
    entries = [
        AccessEntry(USER_ARN, USER_ARN, (AccessPolicy("AmazonEKSClusterAdminPolicy"),)),
        AccessEntry(ROLE_ARN, "dev:{{SessionName}}", (AccessPolicy("AmazonEKSViewPolicy", ("shop", "dev-*")),)),
    ]
    bindings = plan_bindings(entries, ["shop", "dev-1", "prod"])
    found = {
        (body["kind"], namespace, body["roleRef"]["name"], body["subjects"][0]["kind"], body["subjects"][0]["name"])
        for (namespace, _), body in bindings.items()
    }
    assert found == {
        ("ClusterRoleBinding", "", "cluster-admin", "User", USER_ARN),
        ("RoleBinding", "shop", "view", "Group", access_group(ROLE_ARN)),
        ("RoleBinding", "dev-1", "view", "Group", access_group(ROLE_ARN)),
    }


def test_an_unknown_policy_binds_nothing() -> None:
    entry = AccessEntry(USER_ARN, USER_ARN, (AccessPolicy("AmazonEKSHybridPolicy"),))
    assert plan_bindings([entry], []) == {}


async def test_bindings_are_made_and_removed_and_others_stay(client: KubeClient, api: FakeApi) -> None:
    other = {"apiVersion": "rbac.authorization.k8s.io/v1", "kind": "RoleBinding"}
    api.put({**other, "metadata": {"name": "theirs", "namespace": "shop"}})
    entry = AccessEntry(
        USER_ARN, USER_ARN, (AccessPolicy("AmazonEKSEditPolicy", ("shop",)), AccessPolicy("AmazonEKSViewPolicy"))
    )
    wanted = plan_bindings([entry], ["shop"])
    assert await apply_bindings(client, wanted) == 2
    assert await apply_bindings(client, wanted) == 0
    for namespace, name in wanted:
        kind = ROLE_BINDING if namespace else CLUSTER_ROLE_BINDING
        assert api.find(kind, name, namespace)
    assert await apply_bindings(client, {}) == 2
    assert api.find(ROLE_BINDING, "theirs", "shop")
    assert not any("meshrig-access" in path for path in api.objects)


# --- trust ---


async def test_a_ca_is_made_once(client: KubeClient, api: FakeApi) -> None:
    await create_ca(client)
    first = api.find(SECRET, CA_SECRET, SYSTEM_NAMESPACE)
    await create_ca(client)
    assert first is not None
    assert api.find(SECRET, CA_SECRET, SYSTEM_NAMESPACE) == first
    issued = read_ca(first["data"]).issue("x")
    assert issued.cert_chain_pem


@pytest.mark.parametrize(
    ("data", "message"),
    [
        ({"ca.crt": ""}, "has no ca.key"),
        ({"ca.crt": "!", "ca.key": "!"}, "base64"),
        ({"ca.crt": "YQ==", "ca.key": "YQ=="}, "cannot read Secret meshrig-system/meshrig-ca"),
    ],
)
def test_a_secret_that_is_no_ca_is_named_with_what_to_do(data: dict[str, str], message: str) -> None:
    with pytest.raises(MeshrigError, match=message) as refused:
        read_ca(data)
    assert "delete it" in refused.value.hint


async def test_the_webhook_is_made_to_trust_the_ca(client: KubeClient, api: FakeApi) -> None:
    settings = ControlPlaneSettings("shop", "us-east-1", "envoy")
    (webhook,) = (
        body
        for body in control_plane_objects(settings, "image", ca=None)
        if body["kind"] == "MutatingWebhookConfiguration"
    )
    api.put(webhook)
    ca_pem = CertificateAuthority.create().ca_pem
    assert await keep_ca_bundle(client, ca_pem)
    assert not await keep_ca_bundle(client, ca_pem)
    found = api.find(MUTATING_WEBHOOK, CONTROL_PLANE)
    assert found is not None
    assert base64.b64decode(found["webhooks"][0]["clientConfig"]["caBundle"]).decode() == ca_pem


# --- events ---


async def test_a_notice_is_an_event_once_and_is_counted_when_it_comes_again(client: KubeClient, api: FakeApi) -> None:
    log = EventLog(client)
    notice = Notice(CONTROL_PLANE_SUBJECT, "NotTaken", "virtual node a: no")
    await log.tell((notice,))
    await log.tell((notice,))
    (event,) = (value for path, value in api.objects.items() if "/events/" in path)
    assert (event["message"], event["type"], event["count"]) == ("virtual node a: no", "Warning", 1)
    assert event["involvedObject"]["kind"] == "Deployment"
    await log.tell(())
    await log.tell((notice,))
    (event,) = (value for path, value in api.objects.items() if "/events/" in path)
    assert event["count"] == 2
