"""Which pod may have which configuration: the one its service account token is bound to, and only its own."""

import hashlib
import time
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass

import grpc

from meshrig.kube.errors import KubeError
from meshrig.kube.token_review import BoundPod, TokenRefusal
from meshrig.model.cluster import Pod
from meshrig.xds.access import Call, RefusedError

Review = Callable[[str], Awaitable[BoundPod | TokenRefusal]]
_BEARER = "bearer "
_KEPT_SECONDS = 30.0
# A refusal is asked again sooner: the token in the file may be valid a moment later.
_KEPT_REFUSAL_SECONDS = 3.0
_KEPT_REVIEWS = 2000


@dataclass(frozen=True)
class _Kept:
    verdict: BoundPod | TokenRefusal
    until: float


class PodAuthorizer:
    """Decides for ``ControlPlane``. Tokens are neither kept nor logged: reviews are remembered by their hash."""

    def __init__(
        self, review: Review, pods: Callable[[], Mapping[str, Pod]], clock: Callable[[], float] = time.monotonic
    ) -> None:
        """``pods`` are the live pods of the mesh by the node id each may ask for."""
        self._review = review
        self._pods = pods
        self._clock = clock
        self._kept: dict[bytes, _Kept] = {}

    async def __call__(self, call: Call) -> None:
        """Raises RefusedError with the reason."""
        verdict = await self._verdict(_token(call))
        if isinstance(verdict, TokenRefusal):
            raise RefusedError(grpc.StatusCode.UNAUTHENTICATED, verdict.reason)
        pod = self._pods().get(call.node_id)
        if pod and (pod.namespace, pod.name, pod.uid) == (verdict.namespace, verdict.name, verdict.uid):
            return
        bearer = f"{verdict.namespace}/{verdict.name}"
        raise RefusedError(
            grpc.StatusCode.PERMISSION_DENIED,
            f"{call.node_id} is not the node of pod {bearer}, or that pod is gone or no pod of the mesh",
        )

    async def _verdict(self, token: str) -> BoundPod | TokenRefusal:
        key, now = hashlib.sha256(token.encode()).digest(), self._clock()
        kept = self._kept.get(key)
        if kept and now < kept.until:
            return kept.verdict
        try:
            verdict = await self._review(token)
        except KubeError as error:
            reason = "the API server could not review the token, try again"
            raise RefusedError(grpc.StatusCode.UNAVAILABLE, reason) from error
        seconds = _KEPT_SECONDS if isinstance(verdict, BoundPod) else _KEPT_REFUSAL_SECONDS
        self._forget_old(now)
        self._kept[key] = _Kept(verdict, now + seconds)
        return verdict

    def _forget_old(self, now: float) -> None:
        if len(self._kept) >= _KEPT_REVIEWS:
            self._kept = {key: kept for key, kept in self._kept.items() if now < kept.until}
        while len(self._kept) >= _KEPT_REVIEWS:
            del self._kept[next(iter(self._kept))]


def _token(call: Call) -> str:
    header = call.metadata.get("authorization", "")
    token = header[len(_BEARER) :].strip() if header.lower().startswith(_BEARER) else ""
    if not token:
        raise RefusedError(grpc.StatusCode.UNAUTHENTICATED, "no bearer token")
    return token
