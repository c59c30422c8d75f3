"""Whose bearer token this is (Kubernetes API reference, TokenReview v1; the pod a token is bound to: documentation,
"Managing Service Accounts", "Bound service account tokens")."""

from dataclasses import dataclass

from meshrig.kube.client import KubeClient

_POD_NAME = "authentication.kubernetes.io/pod-name"
_POD_UID = "authentication.kubernetes.io/pod-uid"
_SERVICE_ACCOUNT_PREFIX = "system:serviceaccount:"


@dataclass(frozen=True)
class BoundPod:
    """The pod a valid token belongs to."""

    namespace: str
    name: str
    uid: str


@dataclass(frozen=True)
class TokenRefusal:
    """Why a token is worth nothing here."""

    reason: str


async def review_token(client: KubeClient, token: str, audience: str) -> BoundPod | TokenRefusal:
    """Ask the API server. Raises KubeError when it can't say."""
    body = {
        "apiVersion": "authentication.k8s.io/v1",
        "kind": "TokenReview",
        "spec": {"token": token, "audiences": [audience]},
    }
    status = (await client.create(body)).get("status") or {}
    if not status.get("authenticated"):
        return TokenRefusal("the token is not valid here: it has expired, is for another audience or unknown")
    if audience not in (status.get("audiences") or ()):
        return TokenRefusal(f"the token is not for audience {audience}")
    user = status.get("user") or {}
    extra, username = user.get("extra") or {}, str(user.get("username", ""))
    name, uid = (next(iter(extra.get(key) or ()), "") for key in (_POD_NAME, _POD_UID))
    if not username.startswith(_SERVICE_ACCOUNT_PREFIX) or not name or not uid:
        return TokenRefusal("the token is not bound to a pod")
    return BoundPod(username.removeprefix(_SERVICE_ACCOUNT_PREFIX).partition(":")[0], name, uid)
