"""Access entries and their policies, by the API and by CloudFormation."""

from collections.abc import Iterator
from typing import Any

import pytest
from botocore.exceptions import ClientError
from deploying import Stack
from eks_clusters import ACCOUNT, ROOT, cluster, role
from running_localstack import RunningLocalStack

NAME = "access"
OF = {"clusterName": NAME}
PREFIX = "arn:aws:eks::aws:cluster-access-policy/"
ADMIN, VIEW = f"{PREFIX}AmazonEKSClusterAdminPolicy", f"{PREFIX}AmazonEKSViewPolicy"
WHOLE = {"type": "cluster"}
ASSUMED = f"arn:aws:sts::{ACCOUNT}:assumed-role/admin/me"
BOOTSTRAPPING = ["system:bootstrappers", "system:nodes"]
NAMING_AN_ENTRY = ["describe_access_entry", "delete_access_entry", "list_associated_access_policies"]
OTHER_ROOT = "arn:aws:iam::111122223333:root"
SERVICE_LINKED = f"arn:aws:iam::{ACCOUNT}:role/aws-service-role/eks.amazonaws.com/AWSServiceRoleForAmazonEKS"


@pytest.fixture(scope="module")
def eks(localstack: RunningLocalStack) -> Iterator[Any]:
    with cluster(localstack, NAME):
        yield localstack.client("eks")


@pytest.fixture(scope="module")
def arn(localstack: RunningLocalStack) -> str:
    return role(localstack, "accessing", "/some/path/")


@pytest.fixture
def entry(eks: Any, arn: str) -> Iterator[dict[str, str]]:
    names = {**OF, "principalArn": arn}
    eks.create_access_entry(**names, kubernetesGroups=["testers"], tags={"a": "b"})
    yield names
    eks.delete_access_entry(**names)


def test_the_creators_entry_is_an_administrators(eks: Any) -> None:
    seen = eks.describe_access_entry(**OF, principalArn=ROOT)["accessEntry"]
    assert (seen["type"], seen["username"], seen["kubernetesGroups"]) == ("STANDARD", ROOT, [])
    policies = eks.list_associated_access_policies(**OF, principalArn=ROOT)["associatedAccessPolicies"]
    assert [(each["policyArn"], each["accessScope"]) for each in policies] == [(ADMIN, {**WHOLE, "namespaces": []})]


def test_an_entry_is_described_as_it_was_made(eks: Any, entry: dict[str, str], arn: str) -> None:
    seen = eks.describe_access_entry(**entry)["accessEntry"]
    assert seen["username"] == f"arn:aws:sts::{ACCOUNT}:assumed-role/accessing/{{{{SessionName}}}}"
    assert (seen["type"], seen["kubernetesGroups"], seen["tags"]) == ("STANDARD", ["testers"], {"a": "b"})
    prefix = f"arn:aws:eks:us-east-1:{ACCOUNT}:access-entry/{NAME}/role/{ACCOUNT}/accessing/"
    assert seen["accessEntryArn"].startswith(prefix)
    assert eks.list_access_entries(**OF)["accessEntries"] == [arn, ROOT]
    with pytest.raises(ClientError, match=r"ResourceInUseException.*already in use on this cluster"):
        eks.create_access_entry(**entry)


def test_updates_change_what_they_name(eks: Any, entry: dict[str, str]) -> None:
    made = eks.describe_access_entry(**entry)["accessEntry"]
    changed = eks.update_access_entry(**entry, username="x:{{SessionName}}")["accessEntry"]
    assert (changed["username"], changed["kubernetesGroups"]) == ("x:{{SessionName}}", ["testers"])
    assert changed["modifiedAt"] > made["modifiedAt"]
    emptied = eks.update_access_entry(**entry, kubernetesGroups=[], username="")["accessEntry"]
    assert (emptied["username"], emptied["kubernetesGroups"]) == (made["username"], [])


def test_policies_are_associated_again_with_another_scope(eks: Any, entry: dict[str, str], arn: str) -> None:
    def listed() -> list[Any]:
        found: list[Any] = eks.list_associated_access_policies(**entry)["associatedAccessPolicies"]
        return found

    first = eks.associate_access_policy(**entry, policyArn=VIEW, accessScope=WHOLE)
    assert (first["clusterName"], first["principalArn"]) == (NAME, arn)
    scope = {"type": "namespace", "namespaces": ["shop", "dev-*"]}
    eks.associate_access_policy(**entry, policyArn=VIEW, accessScope=scope)
    (second,) = listed()
    assert second["accessScope"] == scope
    assert second["associatedAt"] == first["associatedAccessPolicy"]["associatedAt"]
    assert eks.list_access_entries(**OF, associatedPolicyArn=VIEW)["accessEntries"] == [arn]
    eks.disassociate_access_policy(**entry, policyArn=VIEW)
    assert listed() == []
    with pytest.raises(ClientError, match=r"ResourceNotFoundException.*is not associated"):
        eks.disassociate_access_policy(**entry, policyArn=VIEW)


@pytest.mark.parametrize(
    ("policy", "scope", "reason"),
    [
        ("arn:aws:iam::aws:policy/AdministratorAccess", WHOLE, "InvalidParameterException.*list-access-policies"),
        (f"{PREFIX}NoSuchPolicy", WHOLE, "InvalidParameterException.*list-access-policies"),
        (VIEW, {"type": "namespace"}, "InvalidParameterException.*needs namespaces"),
        (VIEW, {**WHOLE, "namespaces": ["shop"]}, "InvalidParameterException.*takes no namespaces"),
        (VIEW, {"type": "planet"}, "InvalidParameterException.*cluster or namespace"),
    ],
)
def test_associations_eks_refuses(eks: Any, entry: dict[str, str], policy: str, scope: Any, reason: str) -> None:
    with pytest.raises(ClientError, match=reason):
        eks.associate_access_policy(**entry, policyArn=policy, accessScope=scope)


@pytest.mark.parametrize(
    ("members", "reason"),
    [
        ({"principalArn": ASSUMED}, "principalArn parameter format is not valid"),
        ({"principalArn": f"arn:aws:iam::{ACCOUNT}:group/admins"}, "principalArn parameter format is not valid"),
        ({"principalArn": f"arn:aws:iam::{ACCOUNT}:role/no-such-role"}, "principalArn is invalid: invalid principal"),
        ({"principalArn": f"arn:aws:iam::{ACCOUNT}:role/accessing"}, "principalArn is invalid: invalid principal"),
        ({"principalArn": SERVICE_LINKED}, "principalArn value of a Service Linked Role"),
        ({"username": "system:masters"}, "may not start with"),
        ({"username": "john{{SessionName}}"}, "needs a colon before {{SessionName}}"),
        ({"kubernetesGroups": ["system:masters"]}, "system:masters is invalid, it cannot start with system:"),
        ({"type": "EC2_LINUX", "kubernetesGroups": ["x"]}, "takes no kubernetesGroups"),
        (
            {"type": "EC2_LINUX", "principalArn": "arn:aws:iam::111122223333:root"},
            "is for an IAM role of the cluster's account",
        ),
        ({"type": "MAINFRAME"}, "The type MAINFRAME is not one of STANDARD, EC2_LINUX"),
    ],
)
def test_entries_eks_refuses(eks: Any, arn: str, members: dict[str, Any], reason: str) -> None:
    with pytest.raises(ClientError, match=f"InvalidParameterException.*{reason}"):
        eks.create_access_entry(**{**OF, "principalArn": arn, **members})


@pytest.mark.parametrize(
    ("kind", "username", "groups"),
    [
        ("EC2_LINUX", "system:node:{{EC2PrivateDNSName}}", ["system:nodes"]),
        ("EC2_WINDOWS", "system:node:{{EC2PrivateDNSName}}", ["eks:kube-proxy-windows", "system:nodes"]),
        ("FARGATE_LINUX", "system:node:{{SessionName}}", [*BOOTSTRAPPING, "system:node-proxier"]),
        ("HYBRID_LINUX", "system:node:{{SessionName}}", ["system:nodes"]),
    ],
)
def test_entries_of_nodes_are_eks_own(eks: Any, arn: str, kind: str, username: str, groups: list[str]) -> None:
    names = {**OF, "principalArn": arn}
    made = eks.create_access_entry(**names, type=kind)["accessEntry"]
    assert (made["username"], made["kubernetesGroups"]) == (username, groups)
    with pytest.raises(ClientError, match=r"InvalidRequestException.*takes no access policies"):
        eks.associate_access_policy(**names, policyArn=VIEW, accessScope=WHOLE)
    with pytest.raises(ClientError, match=r"InvalidRequestException.*cannot be changed"):
        eks.update_access_entry(**names, kubernetesGroups=["x"])
    eks.delete_access_entry(**names)


@pytest.mark.parametrize("operation", NAMING_AN_ENTRY)
def test_what_is_not_there_is_not_found(eks: Any, arn: str, operation: str) -> None:
    with pytest.raises(ClientError, match=r"ResourceNotFoundException.*list-access-entries"):
        getattr(eks, operation)(**OF, principalArn=arn)
    with pytest.raises(ClientError, match="No cluster found for name: gone"):
        getattr(eks, operation)(clusterName="gone", principalArn=arn)


def test_lists_come_in_pages(eks: Any, localstack: RunningLocalStack) -> None:
    made = [role(localstack, f"page-{number}") for number in range(5)]
    for each in made:
        eks.create_access_entry(**OF, principalArn=each)
    pages = list(eks.get_paginator("list_access_entries").paginate(**OF, PaginationConfig={"PageSize": 2}))
    assert [len(page["accessEntries"]) for page in pages] == [2, 2, 2]
    assert [each for page in pages for each in page["accessEntries"]] == sorted([*made, ROOT])
    policies = eks.get_paginator("list_access_policies").paginate(PaginationConfig={"PageSize": 9})
    names = [each["name"] for page in policies for each in page["accessPolicies"]]
    assert (len(names), "AmazonEKSViewPolicy" in names) == (19, True)
    with pytest.raises(ClientError, match=r"InvalidParameterException.*nextToken"):
        eks.list_access_entries(**OF, nextToken="made up")
    for each in made:
        eks.delete_access_entry(**OF, principalArn=each)


def test_modes_change_one_step_at_a_time(localstack: RunningLocalStack) -> None:
    eks: Any = localstack.client("eks")

    def change(mode: str) -> None:
        eks.update_cluster_config(name="moded", accessConfig={"authenticationMode": mode})

    with cluster(localstack, "moded", authenticationMode="CONFIG_MAP"):
        with pytest.raises(ClientError, match="must be set to one of"):
            eks.list_access_entries(clusterName="moded")
        with pytest.raises(ClientError, match="Unsupported authentication mode update from CONFIG_MAP to API"):
            change("API")
        change("API_AND_CONFIG_MAP")
        assert eks.list_access_entries(clusterName="moded")["accessEntries"] == [ROOT]
        eks.delete_access_entry(clusterName="moded", principalArn=ROOT)
        change("API")
        assert eks.list_access_entries(clusterName="moded")["accessEntries"] == []
        with pytest.raises(ClientError, match="Unsupported authentication mode update from API to CONFIG_MAP"):
            change("CONFIG_MAP")


def test_a_config_map_cluster_has_its_creator_for_administrator(localstack: RunningLocalStack) -> None:
    access = {"authenticationMode": "CONFIG_MAP", "bootstrapClusterCreatorAdminPermissions": False}
    with (
        pytest.raises(ClientError, match="bootstrapClusterCreatorAdminPermissions must be true"),
        cluster(localstack, "unowned", **access),
    ):
        pass


def test_managed_nodes_get_their_entry(eks: Any, localstack: RunningLocalStack) -> None:
    arn = role(localstack, "managed")
    found = eks.describe_cluster(name=NAME)["cluster"]["resourcesVpcConfig"]["subnetIds"]
    with pytest.raises(ClientError, match="The role with name no-such-role cannot be found"):
        eks.create_nodegroup(**OF, nodegroupName="workers", nodeRole=f"{arn}/no-such-role", subnets=found)
    eks.create_nodegroup(**OF, nodegroupName="workers", nodeRole=arn, subnets=found)
    assert eks.describe_access_entry(**OF, principalArn=arn)["accessEntry"]["type"] == "EC2_LINUX"
    eks.delete_nodegroup(**OF, nodegroupName="workers")
    eks.delete_access_entry(**OF, principalArn=arn)


TEMPLATE = """
Resources:
  Entry:
    Type: AWS::EKS::AccessEntry
    Properties:
      ClusterName: access
      PrincipalArn: %s
%s
"""
POLICIES = "      AccessPolicies: [{PolicyArn: '%s', AccessScope: {Type: namespace, Namespaces: [%s]}}]"


def test_cloudformation_changes_entries_in_place(eks: Any, arn: str, localstack: RunningLocalStack) -> None:
    stack, names = Stack(localstack, "access"), {**OF, "principalArn": arn}

    def template(*properties: str) -> str:
        return TEMPLATE % (arn, "\n".join(properties))

    groups = ("      KubernetesGroups: [testers]", "      Username: 'x:{{SessionName}}'")
    created = stack.create(template(*groups, POLICIES % (VIEW, "one")))
    assert (created.status, created.references["Entry"]) == ("CREATE_COMPLETE", f"{arn}|{NAME}"), created.reasons
    made = eks.describe_access_entry(**names)["accessEntry"]
    assert (made["username"], made["kubernetesGroups"]) == ("x:{{SessionName}}", ["testers"])
    updated = stack.update(template(POLICIES % (ADMIN, "two")))
    assert updated.status == "UPDATE_COMPLETE", updated.reasons
    changed = eks.describe_access_entry(**names)["accessEntry"]
    assert changed["accessEntryArn"] == made["accessEntryArn"]
    assert (changed["username"].endswith("{{SessionName}}"), changed["kubernetesGroups"]) == (True, [])
    assert changed["username"] != made["username"]
    policies = eks.list_associated_access_policies(**names)["associatedAccessPolicies"]
    assert [(each["policyArn"], each["accessScope"]["namespaces"]) for each in policies] == [(ADMIN, ["two"])]
    stack.delete()
    assert arn not in eks.list_access_entries(**OF)["accessEntries"]
