"""TokenReviews: what the API server asks its webhook and is answered (Kubernetes, authentication.k8s.io)."""

from dataclasses import dataclass
from typing import Any

from meshrig_localstack.services.eks.authentication.mapping import KubernetesUser
from meshrig_localstack.services.eks.authentication.verification import Caller

VERSIONS = ("authentication.k8s.io/v1", "authentication.k8s.io/v1beta1")
KIND = "TokenReview"
PRINCIPAL_ID = "sigs.k8s.io/aws-iam-authenticator/principalId"


class MalformedReviewError(Exception):
    """The body is no TokenReview; the message says what is wrong."""


@dataclass(frozen=True)
class Review:
    """A question: whose is this token? The answer has the question's version."""

    api_version: str
    token: str

    def granted(self, caller: Caller, user: KubernetesUser) -> dict[str, Any]:
        """``extra`` and ``uid`` are those of aws-iam-authenticator (pkg/server/server.go)."""
        identity = caller.identity
        extra = {
            "accessKeyId": caller.access_key_id,
            "arn": identity.arn,
            "canonicalArn": identity.canonical_arn,
            "principalId": identity.unique_id,
            "sessionName": identity.session_name,
            PRINCIPAL_ID: identity.unique_id,
        }
        described = {
            "username": user.username,
            "uid": f"aws-iam-authenticator:{identity.account_id}:{identity.unique_id}",
            "groups": list(user.groups),
            "extra": {name: [value] for name, value in extra.items()},
        }
        return self._answer({"authenticated": True, "user": described})

    def refused(self, reason: str) -> dict[str, Any]:
        """The API server logs the reason and answers its client 401."""
        return self._answer({"authenticated": False, "error": reason})

    def _answer(self, status: dict[str, Any]) -> dict[str, Any]:
        return {"apiVersion": self.api_version, "kind": KIND, "status": status}


def read_review(body: object) -> Review:
    """Raises MalformedReviewError."""
    if not isinstance(body, dict) or body.get("kind") != KIND or body.get("apiVersion") not in VERSIONS:
        raise MalformedReviewError(f"the body must be a {KIND} of {' or '.join(VERSIONS)}")
    spec = body.get("spec")
    token = spec.get("token") if isinstance(spec, dict) else None
    if not isinstance(token, str):
        raise MalformedReviewError("spec.token must be text")
    return Review(body["apiVersion"], token)
