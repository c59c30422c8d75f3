"""The webhook of a running LocalStack, asked about tokens of the AWS CLI and of botocore."""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from typing import Any

import boto3
import pytest
from botocore.config import Config
from eks_clusters import ACCOUNT, ROOT, call, cluster, refusal, review, role, username
from eks_tokens import Key, TokenRequest, cli_token
from running_localstack import RunningLocalStack

NAME = "auth"
OF = {"clusterName": NAME}
ASKED = TokenRequest(cluster=NAME)


@pytest.fixture(scope="module")
def shop(localstack: RunningLocalStack) -> Iterator[RunningLocalStack]:
    with cluster(localstack, NAME):
        yield localstack


@contextmanager
def user(localstack: RunningLocalStack, name: str) -> Iterator[Key]:
    iam: Any = localstack.client("iam")
    iam.create_user(UserName=name, Path="/team/")
    made = iam.create_access_key(UserName=name)["AccessKey"]
    yield Key(made["AccessKeyId"], made["SecretAccessKey"])


def session(localstack: RunningLocalStack, arn: str, name: str = "ann@shop", seconds: int = 3600) -> Key:
    sts: Any = boto3.client(
        "sts",
        region_name="us-east-1",
        aws_access_key_id="test",
        aws_secret_access_key="test",
        endpoint_url=localstack.endpoint,
        config=Config(parameter_validation=False),  # it knows that AWS gives no session of a second
    )
    return Key.of_session(sts.assume_role(RoleArn=arn, RoleSessionName=name, DurationSeconds=seconds)["Credentials"])


def signed(cluster: str, key: Key) -> str:
    """As the CLI does it, but quicker."""
    return TokenRequest(key, cluster).token()


def entry(localstack: RunningLocalStack, arn: str, **members: Any) -> None:
    eks: Any = localstack.client("eks")
    eks.create_access_entry(**OF, principalArn=arn, **members)


@pytest.mark.parametrize("version", ["authentication.k8s.io/v1", "authentication.k8s.io/v1beta1"])
def test_the_creator_comes_in_as_itself_without_groups(shop: RunningLocalStack, version: str) -> None:
    assert review(shop, NAME, cli_token(NAME, Key()), version) == {
        "authenticated": True,
        "user": {
            "username": ROOT,
            "uid": f"aws-iam-authenticator:{ACCOUNT}:{ACCOUNT}",
            "groups": [],
            "extra": {
                "accessKeyId": ["test"],
                "arn": [ROOT],
                "canonicalArn": [ROOT],
                "principalId": [ACCOUNT],
                "sessionName": [""],
                "sigs.k8s.io/aws-iam-authenticator/principalId": [ACCOUNT],
            },
        },
    }


def test_the_cli_may_sign_for_the_emulator_or_for_any_region(shop: RunningLocalStack) -> None:
    assert username(shop, NAME, cli_token(NAME, Key(), endpoint=shop.endpoint)) == ROOT
    assert username(shop, NAME, cli_token(NAME, Key(), endpoint="http://localhost.localstack.cloud:4566")) == ROOT
    assert username(shop, NAME, cli_token(NAME, Key(), "--region", "eu-west-1")) == ROOT


def test_an_account_id_is_its_roots_key(shop: RunningLocalStack) -> None:
    assert username(shop, NAME, signed(NAME, Key(ACCOUNT))) == ROOT
    other = "arn:aws:iam::111122223333:root has no access entry"
    assert other in refusal(shop, NAME, signed(NAME, Key("111122223333")))


def test_root_of_another_account_may_have_an_entry(shop: RunningLocalStack) -> None:
    entry(shop, "arn:aws:iam::444455556666:root", username="friend")
    assert username(shop, NAME, signed(NAME, Key("444455556666"))) == "friend"


def test_users_are_called_by_their_arn_and_groups(shop: RunningLocalStack) -> None:
    with user(shop, "bob") as bob:
        arn = f"arn:aws:iam::{ACCOUNT}:user/team/bob"
        assert f"{arn} has no access entry; make one for {arn}" in refusal(shop, NAME, signed(NAME, bob))
        entry(shop, arn, kubernetesGroups=["viewers"])
        seen = review(shop, NAME, signed(NAME, bob))["user"]
        assert (seen["username"], seen["groups"]) == (arn, ["viewers"])
        assert seen["extra"]["accessKeyId"] == [bob.access_key_id]


def test_a_wrong_secret_is_refused(shop: RunningLocalStack) -> None:
    assert "another secret key" in refusal(shop, NAME, cli_token(NAME, Key(secret="guess")))
    with user(shop, "carl") as carl:
        assert "another secret key" in refusal(shop, NAME, cli_token(NAME, Key(carl.access_key_id, "test")))


def test_a_made_up_key_is_refused(shop: RunningLocalStack) -> None:
    assert "'AKIAIOSFODNN7EXAMPLE' does not exist here" in refusal(
        shop, NAME, signed(NAME, Key("AKIAIOSFODNN7EXAMPLE"))
    )


def test_a_token_for_another_cluster_is_refused(shop: RunningLocalStack) -> None:
    assert "a token not for cluster auth" in refusal(shop, NAME, cli_token("bank", Key()))
    assert "EKS has no cluster bank" in refusal(shop, "bank", cli_token("bank", Key()))


def test_old_and_future_tokens_are_refused(shop: RunningLocalStack) -> None:
    now = datetime.now(UTC)
    assert username(shop, NAME, ASKED.changed(at=now - timedelta(minutes=14)).token()) == ROOT
    assert "expired" in refusal(shop, NAME, ASKED.changed(at=now - timedelta(minutes=16)).token())
    assert "not valid yet" in refusal(shop, NAME, ASKED.changed(at=now + timedelta(minutes=6)).token())


def test_extra_parameters_are_refused(shop: RunningLocalStack) -> None:
    assert "may not have: 'RoleArn'" in refusal(shop, NAME, ASKED.changed(query={"RoleArn": "x"}).token())


def test_an_inactive_key_and_a_deleted_user_are_refused(shop: RunningLocalStack) -> None:
    iam: Any = shop.client("iam")
    with user(shop, "dora") as dora:
        entry(shop, f"arn:aws:iam::{ACCOUNT}:user/team/dora")
        named = {"UserName": "dora", "AccessKeyId": dora.access_key_id}
        iam.update_access_key(**named, Status="Inactive")
        assert f"access key {dora.access_key_id} is inactive" in refusal(shop, NAME, signed(NAME, dora))
        iam.update_access_key(**named, Status="Active")
        assert username(shop, NAME, signed(NAME, dora)).endswith("/dora")
        iam.delete_user(UserName="dora")
        assert "does not exist here (any more)" in refusal(shop, NAME, signed(NAME, dora))
    with user(shop, "dora") as another:
        assert "is for an earlier" in refusal(shop, NAME, signed(NAME, another))


def test_sessions_are_their_roles(shop: RunningLocalStack) -> None:
    arn = role(shop, "admin", "/team/")
    entry(shop, arn)
    ann = session(shop, arn)
    seen = review(shop, NAME, cli_token(NAME, ann))["user"]
    assert seen["username"] == f"arn:aws:sts::{ACCOUNT}:assumed-role/admin/ann-shop"
    assert seen["extra"]["arn"] == [f"arn:aws:sts::{ACCOUNT}:assumed-role/admin/ann@shop"]
    assert seen["extra"]["canonicalArn"] == [f"arn:aws:iam::{ACCOUNT}:role/admin"]
    assert seen["extra"]["sessionName"] == ["ann@shop"]
    iam: Any = shop.client("iam")
    role_id = iam.get_role(RoleName="admin")["Role"]["RoleId"]
    assert seen["uid"] == f"aws-iam-authenticator:{ACCOUNT}:{role_id}"


def test_the_cli_assumes_a_role_by_itself(shop: RunningLocalStack) -> None:
    arn = role(shop, "operator")
    entry(shop, arn, username="op:{{SessionName}}")
    token = cli_token(NAME, Key(), "--role-arn", arn, endpoint=shop.endpoint)
    assert username(shop, NAME, token) == "op:EKSGetTokenAuth"


def test_session_tokens_must_match(shop: RunningLocalStack) -> None:
    arn = role(shop, "matching")
    entry(shop, arn)
    one, two = session(shop, arn), session(shop, arn)
    reason = f"the session token is not that of the access key {one.access_key_id}"
    for wrong in (None, "made-up", two.session_token):
        assert reason in refusal(shop, NAME, signed(NAME, Key(one.access_key_id, one.secret, wrong)))


def test_ended_sessions_are_refused(shop: RunningLocalStack) -> None:
    iam: Any = shop.client("iam")
    arn = role(shop, "brief")
    entry(shop, arn)
    brief, longer = session(shop, arn, seconds=1), session(shop, arn)
    time.sleep(1.1)
    assert f"the session ann@shop of {arn} expired at" in refusal(shop, NAME, signed(NAME, brief))
    iam.delete_role(RoleName="brief")
    assert f"the role {arn} of the session ann@shop does not exist" in refusal(shop, NAME, signed(NAME, longer))
    role(shop, "brief")
    assert "does not exist (any more)" in refusal(shop, NAME, signed(NAME, longer))
    assert "is for an earlier" in refusal(shop, NAME, signed(NAME, session(shop, arn)))


def test_a_session_of_a_role_that_never_was_is_refused(shop: RunningLocalStack) -> None:
    ghost = session(shop, f"arn:aws:iam::{ACCOUNT}:role/ghost")
    assert "role/ghost of the session ann@shop does not exist" in refusal(shop, NAME, signed(NAME, ghost))


def test_nodes_come_in_as_nodes(shop: RunningLocalStack) -> None:
    ec2: Any = shop.client("ec2")
    arn = role(shop, "nodes")
    entry(shop, arn, type="EC2_LINUX")
    image = ec2.describe_images(Owners=["amazon"])["Images"][0]["ImageId"]
    node = ec2.run_instances(ImageId=image, MinCount=1, MaxCount=1)["Instances"][0]
    seen = review(shop, NAME, signed(NAME, session(shop, arn, node["InstanceId"])))["user"]
    assert (seen["username"], seen["groups"]) == (f"system:node:{node['PrivateDnsName']}", ["system:nodes"])
    ec2.terminate_instances(InstanceIds=[node["InstanceId"]])
    gone = refusal(shop, NAME, signed(NAME, session(shop, arn, node["InstanceId"])))
    assert "is no running EC2 instance" in gone


def test_an_entry_taken_away_is_refused_at_once(shop: RunningLocalStack) -> None:
    eks: Any = shop.client("eks")
    arn = role(shop, "leaving")
    entry(shop, arn)
    leaving = session(shop, arn)
    assert username(shop, NAME, signed(NAME, leaving))
    eks.delete_access_entry(**OF, principalArn=arn)
    assert "has no access entry" in refusal(shop, NAME, signed(NAME, leaving))


@pytest.mark.parametrize("body", [None, [], {"kind": "TokenReview"}])
def test_other_bodies_are_malformed(shop: RunningLocalStack, body: object) -> None:
    status, answer = call(shop, "POST", f"{NAME}/authenticate", body)
    assert (status, "must be a TokenReview" in answer["error"]) == (400, True)


@pytest.mark.parametrize("token", ["", "k8s-aws-v1.", "k8s-aws-v1.\u00e9", "x" * 100_000, "k8s-aws-v1.aHR0cHM6Ly8"])
def test_garbage_is_refused(shop: RunningLocalStack, token: str) -> None:
    assert refusal(shop, NAME, token)


def test_the_creator_is_whoever_made_the_cluster(localstack: RunningLocalStack) -> None:
    arn = role(localstack, "maker", "/team/")
    maker = session(localstack, arn)
    client: Any = boto3.client(
        "eks",
        region_name="us-east-1",
        aws_access_key_id=maker.access_key_id,
        aws_secret_access_key=maker.secret,
        aws_session_token=maker.session_token,
        endpoint_url=localstack.endpoint,
    )
    with cluster(localstack, "made", client):
        assert client.list_access_entries(clusterName="made")["accessEntries"] == [arn]
        assert username(localstack, "made", signed("made", maker)).endswith("assumed-role/maker/ann-shop")
        assert "has no access entry" in refusal(localstack, "made", signed("made", Key()))


def test_nobody_is_admitted_unasked(localstack: RunningLocalStack) -> None:
    with cluster(localstack, "closed", bootstrapClusterCreatorAdminPermissions=False):
        assert "has no access entry" in refusal(localstack, "closed", signed("closed", Key()))


def test_the_config_map_mode_knows_only_the_creator(localstack: RunningLocalStack) -> None:
    with cluster(localstack, "old", authenticationMode="CONFIG_MAP"):
        seen = review(localstack, "old", signed("old", Key()))["user"]
        assert (seen["username"], seen["groups"]) == ("kubernetes-admin", ["system:masters"])


def test_of_two_clusters_of_a_name_one_must_be_meant(localstack: RunningLocalStack) -> None:
    other = localstack.client("eks", account="111122223333")
    ec2: Any = localstack.client("ec2", account="111122223333")
    vpc = ec2.create_vpc(CidrBlock="10.7.0.0/16")["Vpc"]["VpcId"]
    made = [
        ec2.create_subnet(VpcId=vpc, CidrBlock=f"10.7.{at}.0/24", AvailabilityZone=f"us-east-1{zone}")["Subnet"]
        for at, zone in enumerate("ab")
    ]
    network = {"subnetIds": [subnet["SubnetId"] for subnet in made]}
    access = {"authenticationMode": "API"}
    with cluster(localstack, "twin"):
        client: Any = other
        client.create_cluster(name="twin", roleArn="r" * 20, resourcesVpcConfig=network, accessConfig=access)
        token = signed("twin", Key("111122223333"))
        assert "several clusters twin; say ?account=" in refusal(localstack, "twin", token)
        asked = {"apiVersion": "authentication.k8s.io/v1", "kind": "TokenReview", "spec": {"token": token}}
        answer = call(localstack, "POST", "twin/authenticate?account=111122223333", asked)[1]
        assert answer["status"]["user"]["username"] == "arn:aws:iam::111122223333:root"
        client.delete_cluster(name="twin")
