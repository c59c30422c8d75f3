"""The endpoint over real sockets, before a registry in this process."""

import base64
import json
import socket
from datetime import UTC, datetime, timedelta
from http.client import HTTPConnection
from urllib.parse import urlsplit

import pytest
from docker_client import DockerClient
from ecr_support import HOME, NODE_PASSWORD, create_repository
from fake_registry import MANIFEST, FakeRegistry, digest_of, image_of

from meshrig_localstack.services.ecr.docker.listener import DockerListener
from meshrig_localstack.services.ecr.parts import EcrParts
from meshrig_localstack.services.ecr.repositories import Place

OTHER = Place("111122223333", "eu-west-1")
NS = "?ns=000000000000.dkr.ecr.us-east-1.amazonaws.com"


def password(parts: EcrParts, place: Place = HOME, age: timedelta = timedelta()) -> str:
    return parts.tokens.issue(place, datetime.now(UTC) - age).password


@pytest.fixture
def docker(listener: DockerListener, parts: EcrParts) -> DockerClient:
    return DockerClient(listener.address[1], password(parts))


@pytest.fixture
def node(listener: DockerListener) -> DockerClient:
    return DockerClient(listener.address[1], NODE_PASSWORD)


def test_a_login(docker: DockerClient) -> None:
    answer = docker.ask("GET", "/v2/")
    assert (answer.status, answer.headers["Docker-Distribution-Api-Version"]) == (200, "registry/2.0")


@pytest.mark.parametrize(
    ("user", "secret", "code"),
    [("AWS", None, "UNAUTHORIZED"), ("AWS", "wrong", "UNAUTHORIZED"), ("root", NODE_PASSWORD, "UNAUTHORIZED")],
)
def test_a_wrong_login(listener: DockerListener, user: str, secret: str | None, code: str) -> None:
    create_repository("users")
    for target in ("/v2/", "/v2/users/tags/list", "/v2/missing/tags/list"):
        answer = DockerClient(listener.address[1], secret, user).ask("GET", target)
        assert answer.error[:2] == (401, code)
        assert answer.headers["WWW-Authenticate"].startswith('Basic realm="http://localhost:4510/",service="ecr.')


def test_an_expired_login(listener: DockerListener, parts: EcrParts) -> None:
    answer = DockerClient(listener.address[1], password(parts, age=timedelta(hours=12))).ask("GET", "/v2/")
    assert answer.error == (401, "DENIED", "Your authorization token has expired. Reauthenticate and try again.")
    assert "WWW-Authenticate" in answer.headers


def test_push_and_pull(docker: DockerClient, fake: FakeRegistry) -> None:
    create_repository("shop/users")
    pushed = docker.push_image("shop/users", "v1", "one")
    digest = pushed.headers["Docker-Content-Digest"]
    assert (pushed.status, pushed.headers["Location"]) == (201, f"/v2/shop/users/manifests/{digest}")
    assert list(fake.repositories) == ["000000000000/us-east-1/shop/users"]
    for reference in ("v1", digest):
        head = docker.ask("HEAD", f"/v2/shop/users/manifests/{reference}", Accept=MANIFEST)
        manifest = docker.ask("GET", f"/v2/shop/users/manifests/{reference}", Accept=MANIFEST)
        assert head.headers["Content-Length"] == str(len(manifest.body))
        assert (manifest.headers["Content-Type"], digest_of(manifest.body)) == (MANIFEST, digest)
    layer = json.loads(manifest.body)["layers"][0]["digest"]
    assert docker.ask("GET", f"/v2/shop/users/blobs/{layer}").body == b"layer of one"
    assert docker.json("/v2/shop/users/tags/list") == {"name": "shop/users", "tags": ["v1"]}


def test_uploads_stay_at_the_endpoint(docker: DockerClient) -> None:
    create_repository("users")
    for name, query in (("users", ""), ("users", NS), ("000000000000/us-east-1/users", "")):
        location = urlsplit(docker.ask("POST", f"/v2/{name}/blobs/uploads/{query}", b"").headers["Location"])
        assert (location.netloc, location.path.rpartition("/")[0]) == ("", f"/v2/{name}/blobs/uploads")
        assert ("ns=" in location.query) is bool(query)
        assert docker.push_blob(name, b"blob", query).headers["Location"].startswith(f"/v2/{name}/blobs/sha256:")


def test_a_push_creates_no_repository(docker: DockerClient, fake: FakeRegistry) -> None:
    refusal = (
        404,
        "NAME_UNKNOWN",
        "The repository with name 'users' does not exist in the registry with id '000000000000'",
    )
    assert docker.ask("POST", "/v2/users/blobs/uploads/", b"").error == refusal
    assert docker.ask("PUT", "/v2/users/manifests/v1", b"{}", Content_Type=MANIFEST).error == refusal
    assert docker.ask("GET", "/v2/users/manifests/v1").error == refusal
    assert fake.received == []


def test_an_immutable_tag(docker: DockerClient) -> None:
    create_repository("users", mutability="IMMUTABLE_WITH_EXCLUSION", filters=["dev-*"])
    assert [docker.push_image("users", tag, "one").status for tag in ("v1", "dev-1", "v2")] == [201] * 3
    status, code, message = docker.push_image("users", "v1", "two").error
    assert (status, code) == (400, "TAG_INVALID")
    assert message == (
        "The image tag 'v1' already exists in the 'users' repository "
        "and cannot be overwritten because the repository is immutable."
    )
    assert docker.push_image("users", "dev-1", "two").status == 201


def test_the_same_name_in_other_accounts_and_regions(
    docker: DockerClient, listener: DockerListener, parts: EcrParts
) -> None:
    for place in (HOME, OTHER, Place(HOME.account, "eu-west-1")):
        create_repository("users", place)
    other = DockerClient(listener.address[1], password(parts, OTHER))
    digests = {
        docker.push_image("users", "v1", "ours").headers["Docker-Content-Digest"],
        other.push_image("users", "v1", "theirs").headers["Docker-Content-Digest"],
        docker.push_image("000000000000/eu-west-1/users", "v1", "far").headers["Docker-Content-Digest"],
    }
    assert len(digests) == 3
    for digest in digests:
        found = [client.ask("GET", f"/v2/users/manifests/{digest}").status for client in (docker, other)]
        assert sorted(found) in ([200, 404], [404, 404])
    status, code, message = docker.ask("GET", "/v2/111122223333/eu-west-1/users/manifests/v1").error
    assert (status, code) == (403, "DENIED")
    assert "is not authorized to perform: ecr:BatchGetImage on resource: arn:aws:ecr:eu-west-1:111122223333" in message
    assert docker.ask("POST", "/v2/111122223333/eu-west-1/users/blobs/uploads/", b"").status == 403


def test_a_node_pulls_what_it_names_and_pushes_nothing(docker: DockerClient, node: DockerClient) -> None:
    create_repository("users")
    digest = docker.push_image("users", "v1", "one").headers["Docker-Content-Digest"]
    assert digest_of(node.ask("GET", f"/v2/users/manifests/{digest}{NS}").body) == digest
    host = "000000000000.dkr.ecr.us-east-1.amazonaws.com"
    assert digest_of(node.ask("GET", f"/v2/users/manifests/{digest}", Host=host).body) == digest
    assert digest_of(node.ask("GET", f"/v2/000000000000/us-east-1/users/manifests/{digest}").body) == digest
    assert node.ask("GET", f"/v2/users/manifests/{digest}").error[:2] == (404, "NAME_UNKNOWN")
    assert node.ask("POST", f"/v2/users/blobs/uploads/{NS}", b"").error[:2] == (403, "DENIED")
    assert node.ask("PUT", f"/v2/users/manifests/v2{NS}", b"{}").error[:2] == (403, "DENIED")


def test_a_mount_from_another_repository(docker: DockerClient, fake: FakeRegistry) -> None:
    for name in ("users", "orders"):
        create_repository(name)
    create_repository("secret", OTHER)
    image_of(fake.repository("111122223333/eu-west-1/secret"), "secret")
    docker.push_image("users", "v1", "one")
    layer, secret = digest_of(b"layer of one"), digest_of(b"layer of secret")
    uploads = "/v2/orders/blobs/uploads/"
    mounted = docker.ask("POST", f"{uploads}?mount={layer}&from=users", b"")
    assert (mounted.status, mounted.headers["Location"]) == (201, f"/v2/orders/blobs/{layer}")
    for source in ("nowhere", "111122223333/eu-west-1/secret"):
        assert docker.ask("POST", f"{uploads}?mount={secret}&from={source}", b"").status == 202
    assert secret not in fake.repository("000000000000/us-east-1/orders").blobs


def test_a_manifest_that_is_not_there(docker: DockerClient) -> None:
    create_repository("users")
    answer = docker.ask("GET", "/v2/users/manifests/none")
    assert answer.error == (404, "MANIFEST_UNKNOWN", "Requested image not found")
    assert docker.ask("HEAD", "/v2/users/manifests/none").status == 404


def test_manifests_that_are_refused(docker: DockerClient, fake: FakeRegistry) -> None:
    create_repository("users")
    manifest = image_of(fake.repository("elsewhere"), "one")
    target = "/v2/users/manifests"
    assert docker.ask("PUT", f"{target}/v1", manifest, Content_Type=MANIFEST).error[1] == "MANIFEST_BLOB_UNKNOWN"
    assert docker.ask("PUT", f"{target}/sha256:{'0' * 64}", manifest).error[:2] == (400, "DIGEST_INVALID")
    assert docker.ask("PUT", f"{target}/v1", b"x" * (4 * 1024 * 1024 + 1)).error[0] == 413
    assert docker.ask("DELETE", f"{target}/v1").error[0] == 405


def test_tags_come_in_pages(docker: DockerClient) -> None:
    create_repository("users")
    for tag in ("a", "b", "c"):
        docker.push_image("users", tag, tag)
    first = docker.ask("GET", "/v2/users/tags/list?n=2")
    assert json.loads(first.body)["tags"] == ["a", "b"]
    assert first.headers["Link"] == '</v2/users/tags/list?n=2&last=b>; rel="next"'
    assert docker.json("/v2/users/tags/list?n=2&last=b")["tags"] == ["c"]


def test_credentials_do_not_reach_the_registry(docker: DockerClient, fake: FakeRegistry) -> None:
    create_repository("users")
    docker.push_image("users", "v1", "one")
    assert fake.received
    assert all("Authorization" not in received.headers for received in fake.received)


def test_a_refused_upload_leaves_the_connection_usable(listener: DockerListener, parts: EcrParts) -> None:
    connection = HTTPConnection(*listener.address, timeout=10)
    connection.request("PATCH", "/v2/users/blobs/uploads/1", b"x" * 1_000_000)
    refused = connection.getresponse()
    refused.read()
    credentials = base64.b64encode(f"AWS:{password(parts)}".encode()).decode()
    connection.request("GET", "/v2/", headers={"Authorization": f"Basic {credentials}"})
    assert (refused.status, connection.getresponse().status) == (401, 200)
    connection.close()


def test_an_upload_that_breaks_off_is_not_completed(
    listener: DockerListener, docker: DockerClient, fake: FakeRegistry
) -> None:
    create_repository("users")
    location = docker.ask("POST", "/v2/users/blobs/uploads/", b"").headers["Location"]
    head = f"PATCH {location} HTTP/1.1\r\nHost: x\r\nContent-Length: 10\r\n\r\n".encode()
    with socket.create_connection(listener.address, timeout=10) as connection:
        connection.sendall(head + b"short")
    assert docker.ask("GET", "/v2/").status == 200
    assert fake.repository("000000000000/us-east-1/users").blobs == {}


def test_a_registry_that_is_gone(docker: DockerClient, fake: FakeRegistry) -> None:
    create_repository("users")
    fake.stop()
    for target in ("/v2/users/manifests/v1", "/v2/users/tags/list"):
        status, code, message = docker.ask("GET", target).error
        assert (status, code) == (503, "UNAVAILABLE")
        assert fake.url in message
