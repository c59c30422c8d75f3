"""ECR's API in a real LocalStack, before a registry in this process."""

import base64
import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import requests
from botocore.exceptions import ClientError
from deploying import Stack
from docker_client import DockerClient
from ecr_support import ACCOUNT, NODE_PASSWORD, RunningEcr, start_localstack
from fake_registry import MANIFEST, FakeRegistry, digest_of, image_of, index_of
from running_localstack import RunningLocalStack, free_port


def login(client: Any, port: int) -> DockerClient:
    token = client.get_authorization_token()["authorizationData"][0]
    user, _, password = base64.b64decode(token["authorizationToken"]).decode().partition(":")
    return DockerClient(port, password, user)


@pytest.fixture
def docker(ecr: RunningEcr) -> DockerClient:
    return login(ecr.client, ecr.docker_port)


def code_of(refused: pytest.ExceptionInfo[ClientError]) -> str:
    return str(refused.value.response["Error"]["Code"])


def test_a_token_is_good_for_twelve_hours(ecr: RunningEcr, docker: DockerClient) -> None:
    token = ecr.client.get_authorization_token()["authorizationData"][0]
    assert timedelta(hours=11, minutes=59) < token["expiresAt"] - datetime.now(UTC) <= timedelta(hours=12)
    assert token["proxyEndpoint"] == f"http://localhost:{ecr.docker_port}"
    assert docker.ask("GET", "/v2/").status == 200


def test_a_repository_is_where_docker_finds_it(ecr: RunningEcr) -> None:
    uri = f"localhost:{ecr.docker_port}/where/it/is"
    assert ecr.client.create_repository(repositoryName="where/it/is")["repository"]["repositoryUri"] == uri
    found = ecr.client.describe_repositories(repositoryNames=["where/it/is"])["repositories"]
    assert [each["repositoryUri"] for each in found] == [uri]
    assert ecr.client.delete_repository(repositoryName="where/it/is")["repository"]["repositoryUri"] == uri


def test_images_are_those_of_the_registry(ecr: RunningEcr, docker: DockerClient) -> None:
    ecr.client.create_repository(repositoryName="told")
    digests = [docker.push_image("told", tag, text).headers["Docker-Content-Digest"] for tag, text in PUSHES]
    one, other = digests[0], digests[1]
    details = {each["imageDigest"]: each for each in ecr.client.describe_images(repositoryName="told")["imageDetails"]}
    assert details[other]["imageTags"] == ["a", "b"]
    assert "imageTags" not in details[one]
    assert details[other]["imageSizeInBytes"] == len(b"config of two") + len(b"layer of two")
    assert details[other]["imageManifestMediaType"] == MANIFEST
    assert details[other]["imagePushedAt"] > datetime.now(UTC) - timedelta(minutes=1)
    ids = ecr.client.list_images(repositoryName="told")["imageIds"]
    expected = [{"imageDigest": other, "imageTag": "a"}, {"imageDigest": other, "imageTag": "b"}, {"imageDigest": one}]
    assert sorted(ids, key=str) == sorted(expected, key=str)
    for status, digest in (("TAGGED", other), ("UNTAGGED", one)):
        chosen = ecr.client.describe_images(repositoryName="told", filter={"tagStatus": status})["imageDetails"]
        assert [each["imageDigest"] for each in chosen] == [digest]


PUSHES = (("a", "one"), ("a", "two"), ("b", "two"))


def test_images_by_their_ids(ecr: RunningEcr, docker: DockerClient) -> None:
    ecr.client.create_repository(repositoryName="named")
    digest = docker.push_image("named", "v1", "one").headers["Docker-Content-Digest"]
    for wanted in ({"imageTag": "v1"}, {"imageDigest": digest}, {"imageTag": "v1", "imageDigest": digest}):
        details = ecr.client.describe_images(repositoryName="named", imageIds=[wanted])["imageDetails"]
        assert [each["imageDigest"] for each in details] == [digest]
    with pytest.raises(ClientError, match=r"imageId {imageDigest:'null', imageTag:'v2'} does not exist") as refused:
        ecr.client.describe_images(repositoryName="named", imageIds=[{"imageTag": "v2"}])
    assert code_of(refused) == "ImageNotFoundException"
    answer = ecr.client.batch_get_image(repositoryName="named", imageIds=[{"imageTag": "v1"}, {"imageTag": "v2"}])
    [image], [failure] = answer["images"], answer["failures"]
    assert digest_of(image["imageManifest"].encode()) == digest == image["imageId"]["imageDigest"]
    assert (failure["failureCode"], failure["imageId"]) == ("ImageNotFound", {"imageTag": "v2"})


def test_images_in_pages(ecr: RunningEcr, docker: DockerClient) -> None:
    ecr.client.create_repository(repositoryName="many")
    digests = {docker.push_image("many", f"v{each}", str(each)).headers["Docker-Content-Digest"] for each in range(5)}
    pages = list(ecr.client.get_paginator("describe_images").paginate(repositoryName="many", maxResults=2))
    assert [len(page["imageDetails"]) for page in pages] == [2, 2, 1]
    assert {each["imageDigest"] for page in pages for each in page["imageDetails"]} == digests
    with pytest.raises(ClientError) as refused:
        ecr.client.list_images(repositoryName="many", nextToken="nonsense")
    assert code_of(refused) == "InvalidParameterException"


def test_images_are_deleted_in_the_registry(ecr: RunningEcr, docker: DockerClient) -> None:
    ecr.client.create_repository(repositoryName="shrinking")
    digest = docker.push_image("shrinking", "v1", "one").headers["Docker-Content-Digest"]
    answer = ecr.client.batch_delete_image(
        repositoryName="shrinking", imageIds=[{"imageDigest": digest}, {"imageTag": "none"}]
    )
    assert answer["imageIds"] == [{"imageDigest": digest, "imageTag": "v1"}]
    assert [each["failureCode"] for each in answer["failures"]] == ["ImageNotFound"]
    assert docker.ask("GET", "/v2/shrinking/manifests/v1").status == 404
    assert ecr.fake.repository(f"{ACCOUNT}/us-east-1/shrinking").manifests == {}


def test_layers(ecr: RunningEcr, docker: DockerClient) -> None:
    ecr.client.create_repository(repositoryName="layered")
    docker.push_blob("layered", b"layer")
    digests = [digest_of(b"layer"), digest_of(b"none"), "nonsense"]
    answer = ecr.client.batch_check_layer_availability(repositoryName="layered", layerDigests=digests)
    assert [each["layerAvailability"] for each in answer["layers"]] == ["AVAILABLE", "UNAVAILABLE"]
    assert answer["layers"][0]["layerSize"] == len(b"layer")
    assert [each["failureCode"] for each in answer["failures"]] == ["InvalidLayerDigest"]


def test_a_repository_with_images_goes_by_force_only(ecr: RunningEcr, docker: DockerClient) -> None:
    ecr.client.create_repository(repositoryName="full")
    docker.push_image("full", "v1", "one")
    with pytest.raises(ClientError, match="cannot be deleted because it still contains images") as refused:
        ecr.client.delete_repository(repositoryName="full")
    assert code_of(refused) == "RepositoryNotEmptyException"
    ecr.client.delete_repository(repositoryName="full", force=True)
    assert ecr.fake.repository(f"{ACCOUNT}/us-east-1/full").manifests == {}
    ecr.client.create_repository(repositoryName="full")
    assert ecr.client.describe_images(repositoryName="full")["imageDetails"] == []


def test_other_accounts_have_other_repositories(ecr: RunningEcr, docker: DockerClient) -> None:
    ecr.client.create_repository(repositoryName="mine")
    docker.push_image("mine", "v1", "one")
    theirs: Any = ecr.localstack.client("ecr", account="111122223333")
    for request in ({}, {"registryId": ACCOUNT}):
        with pytest.raises(ClientError) as refused:
            theirs.describe_images(repositoryName="mine", **request)
        assert code_of(refused) == "RepositoryNotFoundException"
    theirs.create_repository(repositoryName="mine")
    assert theirs.describe_images(repositoryName="mine")["imageDetails"] == []
    assert login(theirs, ecr.docker_port).ask("GET", "/v2/mine/manifests/v1").status == 404


def test_put_image(ecr: RunningEcr, docker: DockerClient) -> None:
    ecr.client.create_repository(repositoryName="put", imageTagMutability="IMMUTABLE")
    docker.push_image("put", "v1", "one")
    stored = ecr.client.batch_get_image(repositoryName="put", imageIds=[{"imageTag": "v1"}])["images"][0]
    manifest, digest = stored["imageManifest"], stored["imageId"]["imageDigest"]
    put = ecr.client.put_image(repositoryName="put", imageManifest=manifest, imageTag="v2")
    assert put["image"]["imageId"] == {"imageDigest": digest, "imageTag": "v2"}
    [detail] = ecr.client.describe_images(repositoryName="put")["imageDetails"]
    assert detail["imageTags"] == ["v1", "v2"]
    docker.push_image("put", "other", "two")
    elsewhere = image_of(ecr.fake.repository("elsewhere"), "three").decode()
    refusals = {
        "ImageAlreadyExistsException": {"imageManifest": manifest, "imageTag": "v1"},
        "ImageTagAlreadyExistsException": {"imageManifest": manifest, "imageTag": "other"},
        "ImageDigestDoesNotMatchException": {"imageManifest": manifest, "imageDigest": "sha256:" + "0" * 64},
        "LayersNotFoundException": {"imageManifest": elsewhere, "imageTag": "v3"},
        "ReferencedImagesNotFoundException": {"imageManifest": index_of(b"{}").decode(), "imageTag": "v3"},
        "InvalidParameterException": {"imageManifest": "no JSON", "imageTag": "v3"},
    }
    for code, request in refusals.items():
        with pytest.raises(ClientError) as refused:
            ecr.client.put_image(repositoryName="put", **request)
        assert code_of(refused) == code


def test_mutability_is_changed(ecr: RunningEcr, docker: DockerClient) -> None:
    ecr.client.create_repository(repositoryName="changing")
    docker.push_image("changing", "v1", "one")
    filters = [{"filterType": "WILDCARD", "filter": "dev-*"}]
    answer = ecr.client.put_image_tag_mutability(
        repositoryName="changing",
        imageTagMutability="IMMUTABLE_WITH_EXCLUSION",
        imageTagMutabilityExclusionFilters=filters,
    )
    assert answer["imageTagMutabilityExclusionFilters"] == filters
    assert docker.push_image("changing", "v1", "two").status == 400
    with pytest.raises(ClientError) as refused:
        ecr.client.put_image_tag_mutability(repositoryName="changing", imageTagMutability="IMMUTABLE_WITH_EXCLUSION")
    assert code_of(refused) == "InvalidParameterException"
    ecr.client.put_image_tag_mutability(repositoryName="changing", imageTagMutability="MUTABLE")
    assert docker.push_image("changing", "v1", "two").status == 201


def test_lifecycle_policies_and_scans_stay_motos(ecr: RunningEcr, docker: DockerClient) -> None:
    ecr.client.create_repository(repositoryName="kept")
    selection = {"tagStatus": "any", "countType": "imageCountMoreThan", "countNumber": 9}
    policy = json.dumps({"rules": [{"rulePriority": 1, "selection": selection, "action": {"type": "expire"}}]})
    ecr.client.put_lifecycle_policy(repositoryName="kept", lifecyclePolicyText=policy)
    assert ecr.client.get_lifecycle_policy(repositoryName="kept")["lifecyclePolicyText"] == policy
    digest = docker.push_image("kept", "v1", "one").headers["Docker-Content-Digest"]
    wanted = {"repositoryName": "kept", "imageId": {"imageTag": "v1"}}
    ecr.client.start_image_scan(**wanted)
    findings = ecr.client.describe_image_scan_findings(**wanted)
    assert (findings["imageScanStatus"]["status"], findings["imageId"]["imageDigest"]) == ("COMPLETE", digest)
    ecr.client.batch_delete_image(repositoryName="kept", imageIds=[{"imageDigest": digest}])
    ecr.client.delete_repository(repositoryName="kept")


TEMPLATE = """
Parameters: {Mode: {Type: String}}
Resources:
  Repository:
    Type: AWS::ECR::Repository
    Properties:
      RepositoryName: stacked
      EmptyOnDelete: true
      ImageTagMutability: !Ref Mode
      ImageTagMutabilityExclusionFilters:
        - {ImageTagMutabilityExclusionFilterType: WILDCARD, ImageTagMutabilityExclusionFilterValue: 'dev-*'}
      LifecyclePolicy: {LifecyclePolicyText: '{"rules":[{"rulePriority":1,"selection":{"tagStatus":"untagged",
        "countType":"imageCountMoreThan","countNumber":9},"action":{"type":"expire"}}]}'}
Outputs: {Uri: {Value: !GetAtt Repository.RepositoryUri}}
"""


def test_a_stacks_repository(ecr: RunningEcr, docker: DockerClient) -> None:
    stack = Stack(ecr.localstack, "ecr-stack")
    created = stack.create(TEMPLATE, Mode="IMMUTABLE_WITH_EXCLUSION")
    assert created.status == "CREATE_COMPLETE", created.reasons
    assert created.outputs == {"Uri": f"localhost:{ecr.docker_port}/stacked"}
    pushes = [("v1", "a"), ("v1", "b"), ("dev-1", "a"), ("dev-1", "b")]
    assert [docker.push_image("stacked", *push).status for push in pushes] == [201, 400, 201, 201]
    updated = stack.update(TEMPLATE, Mode="MUTABLE_WITH_EXCLUSION")
    assert updated.status == "UPDATE_COMPLETE", updated.reasons
    assert [docker.push_image("stacked", *push).status for push in (("v1", "b"), ("dev-1", "c"))] == [201, 400]
    assert stack.delete() == "DELETE_COMPLETE"
    assert ecr.fake.repository(f"{ACCOUNT}/us-east-1/stacked").manifests == {}


def test_a_repository_that_is_not_emptied_keeps_its_stack(ecr: RunningEcr, docker: DockerClient) -> None:
    stack = Stack(ecr.localstack, "ecr-full-stack")
    stack.create("Resources: {R: {Type: 'AWS::ECR::Repository', Properties: {RepositoryName: stacked-full}}}")
    docker.push_image("stacked-full", "v1", "one")
    assert stack.delete() == "DELETE_FAILED"


def test_a_push_is_in_the_change_feed(ecr: RunningEcr, docker: DockerClient) -> None:
    ecr.client.create_repository(repositoryName="followed")
    feed = f"{ecr.localstack.endpoint}/_meshrig/changes"
    revision = requests.get(feed, params={"timeout": "0"}, timeout=5).json()["revision"]
    docker.push_image("followed", "v1", "one")
    changes = requests.get(feed, params={"since": revision, "timeout": "5"}, timeout=10).json()["changes"]
    assert {(each["service"], each["operation"], each["account"]) for each in changes} == {("ecr", "PutImage", ACCOUNT)}


def test_images_outlive_localstack(tmp_path: Path) -> None:
    fake, port = FakeRegistry(), free_port()
    first = start_localstack(tmp_path, fake.url, port)
    client: Any = first.client("ecr")
    client.create_repository(repositoryName="users")
    docker = login(client, port)
    docker.push_image("users", "v1", "one")
    before = client.describe_images(repositoryName="users")["imageDetails"]
    first.stop()
    second = start_localstack(tmp_path, fake.url, port)
    client = second.client("ecr")
    assert docker.ask("GET", "/v2/users/tags/list").status == 404
    client.create_repository(repositoryName="users")
    assert client.describe_images(repositoryName="users")["imageDetails"] == before
    assert docker.ask("GET", "/v2/users/manifests/v1").status == 200
    second.stop()
    fake.stop()


def test_a_taken_port_ends_localstack_at_its_start(ecr: RunningEcr, tmp_path: Path) -> None:
    broken = RunningLocalStack(
        tmp_path,
        settings={
            "MESHRIG_REGISTRY_URL": ecr.fake.url,
            "MESHRIG_ECR_LISTEN": f"127.0.0.1:{ecr.docker_port}",
            "MESHRIG_ECR_NODE_PASSWORD": NODE_PASSWORD,
        },
    )
    with pytest.raises(AssertionError, match=r"MESHRIG_ECR_LISTEN.*in use"):
        broken.start()
    broken.stop()
