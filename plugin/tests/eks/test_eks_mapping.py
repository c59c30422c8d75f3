"""What Kubernetes calls a caller."""

from typing import Any

import pytest

from meshrig_localstack.services.eks.authentication.mapping import KubernetesUser, kubernetes_user
from meshrig_localstack.services.eks.authentication.refusal import RefusedTokenError
from meshrig_localstack.services.eks.authentication.verification import Caller
from meshrig_localstack.services.eks.identity import Identity, root_identity
from meshrig_localstack.services.eks.store import AccessEntry, StoredCluster

ACCOUNT = "000000000000"
ROLE = f"arn:aws:iam::{ACCOUNT}:role/team/admin"
SESSION = Identity(ACCOUNT, f"arn:aws:sts::{ACCOUNT}:assumed-role/admin/ann@shop", ROLE, "AROA1", "ann@shop")
ROOT = root_identity(ACCOUNT, "aws")


def cluster(mode: str = "API", creator: Identity | None = None, **entry: Any) -> StoredCluster:
    """With one entry, of ROLE unless ``entry`` says otherwise."""
    record = {"arn": f"arn:aws:eks:us-east-1:{ACCOUNT}:cluster/shop", "accessConfig": {"authenticationMode": mode}}
    identifier = entry.pop("unique_id", "AROA1")
    made = AccessEntry({"username": "admin", "kubernetesGroups": [], "type": "STANDARD", **entry}, identifier)
    return StoredCluster(record, creator, access_entries={ROLE: made})


def user(of: StoredCluster, identity: Identity = SESSION) -> KubernetesUser:
    nodes = {"i-1": "ip-10-0-0-1.ec2.internal"}
    return kubernetes_user(of, Caller(identity, "ASIA1"), lambda _cluster, instance: nodes.get(instance))


@pytest.mark.parametrize(
    ("template", "username"),
    [
        ("admin", "admin"),
        (f"arn:aws:sts::{ACCOUNT}:assumed-role/admin/{{{{SessionName}}}}", SESSION.arn.replace("@", "-")),
        ("x:{{SessionNameRaw}}", "x:ann@shop"),
        ("{{AccountID}}:{{AccessKeyID}}", f"{ACCOUNT}:ASIA1"),
        ("{{Other}}", "{{Other}}"),
    ],
)
def test_usernames_are_templates(template: str, username: str) -> None:
    assert user(cluster(username=template)).username == username


def test_a_session_cannot_bring_a_template() -> None:
    sly = Identity(ACCOUNT, SESSION.arn, ROLE, "AROA1", "{{AccountID}}")
    assert user(cluster(username="x:{{SessionName}}"), sly).username == "x:{{AccountID}}"


def test_groups_are_the_entrys_own() -> None:
    assert user(cluster(kubernetesGroups=["viewers", "of-{{AccountID}}"])).groups == ("viewers", f"of-{ACCOUNT}")
    assert user(cluster()).groups == ()


def test_a_templated_user_can_be_bound_by_a_group_of_its_principal() -> None:
    bound = user(cluster(username="x:{{SessionName}}", kubernetesGroups=["viewers"]))
    assert bound.groups == ("viewers", f"meshrig.io/access-entry:{ROLE}")


def test_nodes_are_called_as_their_instance() -> None:
    nodes = cluster(username="system:node:{{EC2PrivateDNSName}}", kubernetesGroups=["system:nodes"], type="EC2_LINUX")
    node = Identity(ACCOUNT, f"arn:aws:sts::{ACCOUNT}:assumed-role/admin/i-1", ROLE, "AROA1", "i-1")
    assert user(nodes, node) == KubernetesUser("system:node:ip-10-0-0-1.ec2.internal", ("system:nodes",))
    with pytest.raises(RefusedTokenError, match="ann@shop of a node role is no running EC2 instance"):
        user(nodes)


def test_nobody_else_comes_in() -> None:
    with pytest.raises(RefusedTokenError, match=f"{ROOT.arn} has no access entry; make one for {ROOT.arn}"):
        user(cluster(), ROOT)


def test_an_entry_is_not_for_a_later_principal_of_its_name() -> None:
    with pytest.raises(RefusedTokenError, match="is for an earlier"):
        user(cluster(unique_id="AROA0"))


def test_without_entries_only_the_creator_comes_in() -> None:
    assert user(cluster("CONFIG_MAP", ROOT), ROOT) == KubernetesUser("kubernetes-admin", ("system:masters",))
    with pytest.raises(RefusedTokenError, match="did not create the cluster"):
        user(cluster("CONFIG_MAP", ROOT))


def test_with_entries_the_creator_needs_one_too() -> None:
    with pytest.raises(RefusedTokenError, match="has no access entry"):
        user(cluster("API_AND_CONFIG_MAP", ROOT), ROOT)


def test_canonical_arns_are_the_roles_without_path() -> None:
    assert SESSION.canonical_arn == f"arn:aws:iam::{ACCOUNT}:role/admin"
    assert ROOT.canonical_arn == ROOT.arn
