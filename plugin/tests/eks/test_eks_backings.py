"""What is behind a cluster, and what DescribeCluster makes of it."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from meshrig_localstack.services.eks.backing import SETTING, BadBackingError, described, read_backing
from meshrig_localstack.services.eks.certificate import authority_data

AUTHORITY = authority_data("real")
GIVEN = {"endpoint": "https://127.0.0.1:6443", "certificateAuthority": AUTHORITY, "version": "1.34"}
RECORD = {
    "name": "shop",
    "version": "1.34",
    "status": "ACTIVE",
    "endpoint": "https://made-up",
    "certificateAuthority": {"data": "made-up"},
    "identity": {"oidc": {"issuer": "https://made-up/id"}},
    "health": {"issues": []},
}


def test_a_backing_replaces_what_is_made_up() -> None:
    seen = described(RECORD, read_backing({**GIVEN, "oidcIssuer": "https://issuer"}))
    assert (seen["endpoint"], seen["certificateAuthority"]) == (GIVEN["endpoint"], {"data": AUTHORITY})
    assert seen["identity"] == {"oidc": {"issuer": "https://issuer"}}
    assert (seen["status"], seen["version"], seen["health"]) == ("ACTIVE", "1.34", {"issues": []})


@pytest.mark.parametrize("version", ["1.34", "v1.34.4", "1.34.4", "v1.34.4+k3s1"])
def test_the_patch_version_is_no_difference(version: str) -> None:
    assert described(RECORD, read_backing({**GIVEN, "version": version}))["health"]["issues"] == []


def test_another_version_is_told_as_an_issue() -> None:
    seen = described({**RECORD, "version": "1.36"}, read_backing(GIVEN))
    assert seen["version"] == "1.36"
    message = "Kubernetes 1.36 was asked for; the cluster behind this one runs 1.34."
    assert seen["health"]["issues"] == [{"code": "Other", "message": message, "resourceIds": ["shop"]}]


def test_without_a_backing_a_cluster_is_made_up_or_waits(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv(SETTING, raising=False)
    assert described(RECORD, None) == RECORD
    monkeypatch.setenv(SETTING, "1")
    waiting = described(RECORD, None)
    assert (waiting["status"], waiting["certificateAuthority"]) == ("CREATING", {})
    assert not {"endpoint", "identity"} & set(waiting)


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        ([], "must be a JSON object"),
        ({"endpoint": "https://x"}, "missing: certificateAuthority, version; unknown: none"),
        ({**GIVEN, "ca": "x"}, "missing: none; unknown: ca"),
        ({**GIVEN, "version": 1.34}, "version must be text"),
        ({**GIVEN, "version": "2"}, "version must be a Kubernetes version such as 1.34; got '2'"),
        ({**GIVEN, "endpoint": "http://127.0.0.1:6443"}, "endpoint must be an https URL"),
        ({**GIVEN, "endpoint": "https://"}, "endpoint must be an https URL"),
        ({**GIVEN, "endpoint": "https://127.0.0.1:port"}, "endpoint must be an https URL"),
        ({**GIVEN, "oidcIssuer": "issuer"}, "oidcIssuer must be an https URL"),
        ({**GIVEN, "certificateAuthority": "not base64!"}, "certificateAuthority must be base64 of PEM"),
        ({**GIVEN, "certificateAuthority": "AAAA"}, "certificateAuthority must be base64 of PEM"),
    ],
)
def test_unusable_backings_are_refused(body: object, reason: str) -> None:
    with pytest.raises(BadBackingError, match=reason):
        read_backing(body)


@given(st.dictionaries(st.sampled_from([*GIVEN, "oidcIssuer", "x"]), st.none() | st.integers() | st.text(max_size=9)))
def test_any_object_is_read_or_refused(changes: dict[str, Any]) -> None:
    try:
        read_backing({**GIVEN, **changes})
    except BadBackingError as problem:
        assert str(problem)
