"""TokenReviews, in and out."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from meshrig_localstack.services.eks.authentication.mapping import KubernetesUser
from meshrig_localstack.services.eks.authentication.review import MalformedReviewError, read_review
from meshrig_localstack.services.eks.authentication.verification import Caller
from meshrig_localstack.services.eks.identity import Identity

SESSION = Identity("1", "arn:aws:sts::1:assumed-role/r/me", "arn:aws:iam::1:role/p/r", "AROA1", "me")
JSON: st.SearchStrategy[Any] = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(["kind", "spec", "token"]), inner),
)


def asked(version: str = "authentication.k8s.io/v1", **members: Any) -> dict[str, Any]:
    return {"apiVersion": version, "kind": "TokenReview", "spec": {"token": "secret"}, **members}


@pytest.mark.parametrize("version", ["authentication.k8s.io/v1", "authentication.k8s.io/v1beta1"])
def test_the_answer_has_the_questions_version_and_never_the_token(version: str) -> None:
    answer = read_review(asked(version)).granted(Caller(SESSION, "ASIA1"), KubernetesUser("me", ("g",)))
    assert (answer["apiVersion"], answer["kind"]) == (version, "TokenReview")
    assert "secret" not in str(answer)


def test_the_user_is_that_of_aws_iam_authenticator() -> None:
    answer = read_review(asked()).granted(Caller(SESSION, "ASIA1"), KubernetesUser("me", ("g",)))
    assert answer["status"] == {
        "authenticated": True,
        "user": {
            "username": "me",
            "uid": "aws-iam-authenticator:1:AROA1",
            "groups": ["g"],
            "extra": {
                "accessKeyId": ["ASIA1"],
                "arn": ["arn:aws:sts::1:assumed-role/r/me"],
                "canonicalArn": ["arn:aws:iam::1:role/r"],
                "principalId": ["AROA1"],
                "sessionName": ["me"],
                "sigs.k8s.io/aws-iam-authenticator/principalId": ["AROA1"],
            },
        },
    }


def test_a_refusal_says_why() -> None:
    assert read_review(asked()).refused("why")["status"] == {"authenticated": False, "error": "why"}


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        (None, "must be a TokenReview"),
        (asked("authentication.k8s.io/v2"), "must be a TokenReview of authentication.k8s.io/v1 or"),
        (asked(kind="SubjectAccessReview"), "must be a TokenReview"),
        (asked(spec={}), "spec.token must be text"),
        (asked(spec="x"), "spec.token must be text"),
        (asked(spec={"token": 1}), "spec.token must be text"),
    ],
)
def test_other_bodies_are_malformed(body: object, reason: str) -> None:
    with pytest.raises(MalformedReviewError, match=reason):
        read_review(body)


@given(JSON)
def test_any_json_is_read_or_malformed(body: Any) -> None:
    for given_body in (body, asked(spec=body), asked(spec={"token": body}), asked(apiVersion=body)):
        try:
            read_review(given_body)
        except MalformedReviewError as problem:
            assert str(problem)
