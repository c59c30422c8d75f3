"""The token's reader and verifier, against tokens that botocore signs."""

from datetime import UTC, datetime, timedelta
from urllib.parse import quote

import pytest
from eks_tokens import PREFIX, STS, Key, TokenRequest, encoded
from hypothesis import given
from hypothesis import strategies as st

from meshrig_localstack.services.eks.authentication.credentials import Credential
from meshrig_localstack.services.eks.authentication.hosts import TokenHosts
from meshrig_localstack.services.eks.authentication.refusal import RefusedTokenError
from meshrig_localstack.services.eks.authentication.token import KNOWN, MAX_LENGTH, read_token
from meshrig_localstack.services.eks.authentication.verification import Verifier
from meshrig_localstack.services.eks.identity import Identity, root_identity

NOW = datetime(2026, 11, 24, 12, 0, tzinfo=UTC)
ASKED = TokenRequest(at=NOW)
ROOT = root_identity("000000000000", "aws")


def verified(token: str, credential: Credential | None = None, cluster: str = "shop", now: datetime = NOW) -> Identity:
    """By a verifier that has one secret for every key."""
    known = credential or Credential(ROOT, "test")
    verifier = Verifier(TokenHosts(("emulator.test",)), lambda _key, _partition, _now: known)
    return verifier.verify(token, cluster, now).identity


def test_a_token_is_its_signers() -> None:
    assert verified(ASKED.token()) == ROOT


KEY_IDS = st.text("ABCDEFGHIJKLMNOPQRSTUVWXYZ234567", min_size=16, max_size=24)
SECRETS = st.text(st.characters(min_codepoint=33, max_codepoint=126), min_size=1, max_size=40)
SESSION_TOKENS = st.none() | st.text(st.characters(min_codepoint=33, max_codepoint=126), min_size=1, max_size=200)
CLUSTERS = st.from_regex("[0-9A-Za-z][A-Za-z0-9_-]{0,99}", fullmatch=True)
URLS = st.sampled_from(
    [
        STS,
        "http://localhost:4566",
        "http://127.0.0.1:14566",
        "http://[::1]:4566",
        "https://localhost.localstack.cloud:4566",
        "http://sts.us-east-1.localhost.localstack.cloud:4566",
        "http://localstack:4566",
        "http://localhost",
        "http://emulator.test:80",
    ]
)


@given(KEY_IDS, SECRETS, SESSION_TOKENS, CLUSTERS, URLS)
def test_whatever_botocore_signs_is_verified(
    key_id: str, secret: str, session: str | None, cluster: str, url: str
) -> None:
    token = TokenRequest(Key(key_id, secret, session), cluster, url, at=NOW).token()
    assert verified(token, Credential(ROOT, secret, session), cluster) == ROOT


@given(SECRETS, SECRETS)
def test_another_secret_is_refused(secret: str, other: str) -> None:
    token = ASKED.changed(key=Key(secret=secret)).token()
    if secret != other:
        with pytest.raises(RefusedTokenError, match="another secret key, or a token not for cluster shop"):
            verified(token, Credential(ROOT, other))


@given(st.integers(0), st.characters(min_codepoint=33, max_codepoint=126))
def test_a_changed_character_is_refused_unless_it_says_the_same(place: int, character: str) -> None:
    url = ASKED.presigned_url()
    place %= len(url)
    changed = url[:place] + character + url[place + 1 :]
    try:
        verified(encoded(changed))
    except RefusedTokenError:
        return
    assert read_token(encoded(changed)) == read_token(encoded(url))


@given(st.text())
def test_text_is_read_or_refused(text: str) -> None:
    _read_or_refuse(text)
    _read_or_refuse(PREFIX + text)


@given(st.binary())
def test_bytes_are_read_or_refused(content: bytes) -> None:
    _read_or_refuse(encoded(content.decode("latin-1")))


PIECES = st.sampled_from(sorted(KNOWN)) | st.text(max_size=12)
VALUES = (
    st.sampled_from(["GetCallerIdentity", "2011-06-15", "AWS4-HMAC-SHA256", "host;x-k8s-aws-id", "60"])
    | st.sampled_from(
        ["AKIA/20261124/us-east-1/sts/aws4_request", "20261124T120000Z", "99991231T235959Z", "00000000T000000Z"]
    )
    | st.text(max_size=20)
)
NETLOCS = st.sampled_from(
    ["sts.amazonaws.com", "localhost:4566", "[::1", "[", "a:b", "u@localhost", "", "localhost:99999"]
)


@given(NETLOCS, st.lists(st.tuples(PIECES, VALUES), max_size=12), st.text(max_size=10))
def test_urls_of_any_kind_are_read_or_refused(netloc: str, pairs: list[tuple[str, str]], end: str) -> None:
    query = "&".join(f"{quote(key)}={quote(value)}" for key, value in pairs)
    token = encoded(f"https://{netloc}/?{query}{end}")
    try:
        verified(token)
    except RefusedTokenError:
        return
    pytest.fail("nobody signed it")


def _read_or_refuse(token: str) -> None:
    try:
        read_token(token)
    except RefusedTokenError as refusal:
        assert str(refusal)


@pytest.mark.parametrize(
    ("request_", "reason"),
    [
        (ASKED.changed(query={"Action": "AssumeRole"}), "another Action than GetCallerIdentity"),
        (ASKED.changed(query={"Version": "2012-01-01"}), "another Version than"),
        (ASKED.changed(query={"RoleArn": "x"}), "a query parameter it may not have: 'RoleArn'"),
        (ASKED.changed(cluster=None), "the header x-k8s-aws-id, which names the cluster, is not signed"),
        (ASKED.changed(headers={"x-more": "1"}), "signed headers must be host;x-k8s-aws-id"),
        (ASKED.changed(expires=901), "X-Amz-Expires must be a number from 0 to 900"),
        (ASKED.changed(expires=-1), "X-Amz-Expires must be a number from 0 to 900"),
        (ASKED.changed(service="ec2"), "not signed for the service sts"),
        (ASKED.changed(cluster="bank"), "a token not for cluster shop"),
        (ASKED.changed(key=Key(session_token="made-up")), "session token is not that of the access key test"),
        (ASKED.changed(url="https://evil.example"), "'evil.example', which is no STS"),
        (ASKED.changed(url="https://sts.us-east-1.amazonaws.com.evil.example"), "which is no STS"),
        (ASKED.changed(url="https://ec2.us-east-1.amazonaws.com"), "which is no STS"),
        (ASKED.changed(url="http://sts.us-east-1.amazonaws.com"), "must be signed for https"),
        (ASKED.changed(url="https://sts.us-east-1.amazonaws.com:8443"), "must be signed for https and its own port"),
        (ASKED.changed(region="eu-west-1"), "signed for eu-west-1, but sts.us-east-1.amazonaws.com is in us-east-1"),
        (ASKED.changed(url="https://sts.amazonaws.com", region="eu-west-1"), "is in us-east-1"),
        (ASKED.changed(url="https://sts.us-east-1.amazonaws.com/path"), "another path than /"),
        (ASKED.changed(at=NOW - timedelta(minutes=15, seconds=1)), "token expired: it was signed at 2026-11-24T11:44"),
        (ASKED.changed(at=NOW + timedelta(minutes=5, seconds=1)), "not valid yet: it was signed for 2026-11-24T12:05"),
    ],
)  # fmt: skip
def test_a_well_signed_call_of_another_kind_is_refused(request_: TokenRequest, reason: str) -> None:
    with pytest.raises(RefusedTokenError, match=reason):
        verified(request_.token())


@pytest.mark.parametrize("at", [NOW - timedelta(minutes=15), NOW + timedelta(minutes=5)])
def test_a_token_lives_fifteen_minutes_whatever_it_says(at: datetime) -> None:
    assert verified(ASKED.changed(at=at, expires=1).token()) == ROOT


@pytest.mark.parametrize("region", ["eu-west-1", "ap-southeast-2"])
def test_every_region_has_an_sts(region: str) -> None:
    assert verified(ASKED.changed(url=f"https://sts.{region}.amazonaws.com", region=region).token()) == ROOT


@pytest.mark.parametrize(
    ("token", "reason"),
    [
        ("", "does not start with k8s-aws-v1."),
        (PREFIX, "does not hold an http"),
        (PREFIX + "A" * MAX_LENGTH, "longer than 4096"),
        (ASKED.token() + "=", "not unpadded base64url"),
        (ASKED.token().replace(PREFIX, "k8s-aws-v2."), "does not start with"),
        (encoded(ASKED.presigned_url().replace("https:", "ftp:")), "does not hold an http"),
        (encoded(ASKED.presigned_url() + "#part"), "does not hold an http"),
        (encoded(ASKED.presigned_url().replace("sts.", "user@sts.")), "no plain host name"),
        (encoded(ASKED.presigned_url() + "&Action=GetCallerIdentity"), "the query parameter Action twice"),
        (encoded(ASKED.presigned_url() + "&action=GetCallerIdentity"), "may not have: 'action'"),
        (encoded(ASKED.presigned_url().replace("X-Amz-Date", "X-Amz-Security-Token")), "lacks X-Amz-Date"),
        (encoded(ASKED.presigned_url().replace("%3B", ";")), "malformed query"),
        (encoded(ASKED.presigned_url().replace("20261124T", "20261132T")), "X-Amz-Date must be a time"),
        (encoded(ASKED.presigned_url().replace("20261124T", "20261123T")), "not that of X-Amz-Date"),
    ],
)
def test_a_malformed_token_is_refused(token: str, reason: str) -> None:
    with pytest.raises(RefusedTokenError, match=reason):
        verified(token)


def test_a_refused_key_is_refused_only_when_the_secret_is_right() -> None:
    inactive = Credential(ROOT, "test", refusal="the access key test is inactive")
    with pytest.raises(RefusedTokenError, match="is inactive"):
        verified(ASKED.token(), inactive)
    with pytest.raises(RefusedTokenError, match="another secret key"):
        verified(ASKED.changed(key=Key(secret="guess")).token(), inactive)


def test_an_unknown_key_is_refused() -> None:
    verifier = Verifier(TokenHosts(), lambda _key, _partition, _now: None)
    with pytest.raises(RefusedTokenError, match="access key 'test' does not exist"):
        verifier.verify(ASKED.token(), "shop", NOW)
