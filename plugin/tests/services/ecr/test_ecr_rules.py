"""What needs no registry: tag mutability, passwords, settings, paths, bodies."""

import io
import string
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from meshrig_localstack.services.ecr.docker.bodies import PIECE, ClientGoneError, RequestBody
from meshrig_localstack.services.ecr.docker.routes import (
    DockerRequest,
    Kind,
    Route,
    read_place,
    read_route,
    split_name,
)
from meshrig_localstack.services.ecr.manifests import OCI_INDEX, BadManifestError, Manifest, read_facts
from meshrig_localstack.services.ecr.mutability import TagMutability
from meshrig_localstack.services.ecr.repositories import Place
from meshrig_localstack.services.ecr.settings import read_settings
from meshrig_localstack.services.ecr.tokens import BadTokenError, ExpiredTokenError, Tokens, signing_key
from meshrig_localstack.settings import BadSettingError

NOW = datetime(2026, 11, 24, 8, tzinfo=UTC)
HOME = Place("000000000000", "us-east-1")
tags = st.text(string.ascii_letters + string.digits + "._-", min_size=1, max_size=20)


@pytest.mark.parametrize(
    ("mode", "filters", "tag", "immutable"),
    [
        ("MUTABLE", (), "v1", False),
        ("IMMUTABLE", (), "v1", True),
        ("IMMUTABLE_WITH_EXCLUSION", ("latest", "dev-*"), "dev-7", False),
        ("IMMUTABLE_WITH_EXCLUSION", ("latest", "dev-*"), "latest", False),
        ("IMMUTABLE_WITH_EXCLUSION", ("latest", "dev-*"), "latest-1", True),
        ("MUTABLE_WITH_EXCLUSION", ("v*.*",), "v1.2", True),
        ("MUTABLE_WITH_EXCLUSION", ("v*.*",), "v1", False),
        ("MUTABLE_WITH_EXCLUSION", ("v1.2",), "v1x2", False),
    ],
)
def test_tag_mutability(mode: str, filters: tuple[str, ...], tag: str, immutable: bool) -> None:
    assert TagMutability(mode, filters).is_immutable(tag) is immutable


@given(tags, tags, tags)
def test_a_wildcard_stands_for_anything_between(start: str, middle: str, end: str) -> None:
    assert TagMutability("MUTABLE_WITH_EXCLUSION", (f"{start}*{end}",)).is_immutable(start + middle + end)
    assert not TagMutability("MUTABLE_WITH_EXCLUSION", (f"{start}*",)).is_immutable(f"+{start}")


def test_a_password_is_good_for_twelve_hours() -> None:
    tokens = Tokens(b"key")
    token = tokens.issue(HOME, NOW)
    assert token.expires_at == NOW + timedelta(hours=12)
    assert tokens.read(token.password, NOW + timedelta(hours=12, seconds=-1)) == HOME
    with pytest.raises(ExpiredTokenError):
        tokens.read(token.password, NOW + timedelta(hours=12))


def test_a_password_signed_elsewhere_is_refused() -> None:
    with pytest.raises(BadTokenError):
        Tokens(b"key").read(Tokens(b"other").issue(HOME, NOW).password, NOW)


@given(st.text())
def test_no_other_text_is_a_password(text: str) -> None:
    with pytest.raises(BadTokenError):
        Tokens(b"key").read(text, NOW)


def test_the_signing_key_is_kept(tmp_path: Path) -> None:
    path = tmp_path / "lib" / "key"
    key = signing_key(path)
    assert signing_key(path) == key
    assert path.stat().st_mode & 0o077 == 0


def test_settings() -> None:
    address = {"MESHRIG_REGISTRY_URL": "http://registry:5000/", "MESHRIG_ECR_LISTEN": "0.0.0.0:4510"}
    settings = read_settings(address)
    assert settings is not None
    assert (str(settings.registry), settings.host) == ("http://registry:5000", "localhost:4510")
    assert settings.proxy_endpoint == "http://localhost:4510"
    assert settings.node_password is None
    elsewhere = read_settings({**address, "MESHRIG_ECR_HOST": "ecr.example:443", "MESHRIG_ECR_NODE_PASSWORD": "s3cret"})
    assert elsewhere is not None
    assert elsewhere.proxy_endpoint == "https://ecr.example:443"
    assert "s3cret" not in repr(elsewhere)
    assert read_settings({}) is None


@pytest.mark.parametrize(
    ("environment", "message"),
    [
        ({"MESHRIG_REGISTRY_URL": "http://r:5000"}, "go together"),
        ({"MESHRIG_ECR_LISTEN": "0.0.0.0:4510"}, "go together"),
        ({"MESHRIG_REGISTRY_URL": "r:5000", "MESHRIG_ECR_LISTEN": "0.0.0.0:4510"}, "must be http://"),
        ({"MESHRIG_REGISTRY_URL": "http://r:x", "MESHRIG_ECR_LISTEN": "0.0.0.0:4510"}, "must be http://"),
        ({"MESHRIG_REGISTRY_URL": "http://r:5000", "MESHRIG_ECR_LISTEN": "4510"}, "must be <host>:<port>"),
    ],
)
def test_settings_that_cannot_work(environment: dict[str, str], message: str) -> None:
    with pytest.raises(BadSettingError, match=message):
        read_settings(environment)


@pytest.mark.parametrize(
    ("path", "route"),
    [
        ("/v2/", Route(Kind.BASE)),
        ("/v2/shop/users/tags/list", Route(Kind.TAGS, "shop/users")),
        ("/v2/users/manifests/v1.0_a", Route(Kind.MANIFEST, "users", "v1.0_a")),
        ("/v2/users/manifests/sha256:" + "a" * 64, Route(Kind.MANIFEST, "users", "sha256:" + "a" * 64)),
        ("/v2/users/blobs/uploads/", Route(Kind.UPLOADS, "users")),
        ("/v2/users/blobs/uploads/ab-1", Route(Kind.UPLOAD, "users", "ab-1")),
        ("/v2/users/blobs/sha256:" + "a" * 64, Route(Kind.BLOB, "users", "sha256:" + "a" * 64)),
        ("/v2/_catalog", None),
        ("/v2/../users/tags/list", None),
        ("/v2/users/../other/manifests/v1", None),
        ("/v2/users%2f..%2fother/manifests/v1", None),
        ("/v1/users/tags/list", None),
    ],
)
def test_routes(path: str, route: Route | None) -> None:
    assert read_route(path) == route


@pytest.mark.parametrize(
    ("target", "host", "place"),
    [
        ("/v2/?ns=111122223333.dkr.ecr.eu-west-1.amazonaws.com", "mirror:4510", Place("111122223333", "eu-west-1")),
        ("/v2/", "111122223333.dkr.ecr.cn-north-1.amazonaws.com.cn", Place("111122223333", "cn-north-1")),
        ("/v2/", "111122223333.dkr.ecr.us-east-1.localhost:4510", Place("111122223333", "us-east-1")),
        ("/v2/?ns=docker.io", "localhost:4510", None),
        ("/v2/", "x.111122223333.dkr.ecr.us-east-1.amazonaws.com", None),
    ],
)
def test_the_registry_a_host_names(target: str, host: str, place: Place | None) -> None:
    assert read_place(DockerRequest("GET", target, {"host": host})) == place


def test_the_registry_a_name_starts_with() -> None:
    assert split_name("111122223333/eu-west-1/shop/users") == (Place("111122223333", "eu-west-1"), "shop/users")
    assert split_name("shop/users") == (None, "shop/users")
    assert split_name("111122223333/shop/users") == (None, "111122223333/shop/users")


def chunked(chunks: list[bytes]) -> bytes:
    encoded = [f"{len(chunk):x};note=1\r\n".encode() + chunk + b"\r\n" for chunk in chunks if chunk]
    return b"".join([*encoded, b"0\r\n", b"Trailer: x\r\n\r\n"])


@given(st.lists(st.binary(max_size=2000), max_size=8))
def test_chunked_bodies_end_where_they_end(chunks: list[bytes]) -> None:
    stream = io.BufferedReader(io.BytesIO(chunked(chunks) + b"next request"))
    assert b"".join(RequestBody(stream, None).pieces()) == b"".join(chunks)
    assert stream.read() == b"next request"


@given(st.binary(min_size=1, max_size=300), st.data())
def test_a_body_that_breaks_off_is_no_body(content: bytes, data: st.DataObject) -> None:
    encoded = chunked([content])
    cut = data.draw(st.integers(0, len(encoded) - 1))
    with pytest.raises(ClientGoneError):
        list(RequestBody(io.BufferedReader(io.BytesIO(encoded[:cut])), None).pieces())


def test_a_large_body_comes_in_pieces() -> None:
    body = RequestBody(io.BufferedReader(io.BytesIO(b"x" * (3 * PIECE)), 64), 3 * PIECE)
    assert max(len(piece) for piece in body.pieces()) <= PIECE


def test_a_body_that_was_begun_is_drained_to_its_end() -> None:
    stream = io.BufferedReader(io.BytesIO(b"abcdef" + b"next"), 2)
    body = RequestBody(stream, 6)
    next(body.pieces())
    assert body.drain()
    assert stream.read() == b"next"


@pytest.mark.parametrize("content", [b"", b"[]", b"{}", b'{"config": {}, "layers": [{}]}', b'{"manifests": [1]}'])
@pytest.mark.parametrize("media_type", [OCI_INDEX, "application/vnd.oci.image.manifest.v1+json"])
def test_what_is_no_manifest(content: bytes, media_type: str) -> None:
    with pytest.raises(BadManifestError):
        read_facts(Manifest(content, media_type))
