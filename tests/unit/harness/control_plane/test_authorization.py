"""Whose token opens which configuration."""

import logging

import grpc
import pytest

from meshrig.harness.control_plane.authorization import PodAuthorizer
from meshrig.kube.client import KubeClient
from meshrig.kube.token_review import BoundPod, TokenRefusal, review_token
from meshrig.model.cluster import Pod
from meshrig.names import TOKEN_AUDIENCE, virtual_node_id
from meshrig.xds.access import Call, RefusedError
from tests.unit.kube.fake_api import FakeApi, serving

USERS = virtual_node_id("shop", "users", "users-1.shop")
ORDERS = virtual_node_id("shop", "orders", "orders-1.shop")


def bound(name: str, uid: str, audience: str = TOKEN_AUDIENCE, namespace: str = "shop") -> dict[str, object]:
    extra = {"authentication.kubernetes.io/pod-name": [name], "authentication.kubernetes.io/pod-uid": [uid]}
    user = {"username": f"system:serviceaccount:{namespace}:default", "extra": extra}
    return {"authenticated": True, "audiences": [audience], "user": user}


class Reviewed:
    """The API server of the tests as the authorizer sees it, with a clock."""

    def __init__(self) -> None:
        self.now = 0.0
        self.api = FakeApi()
        self.pods = {USERS: Pod("shop", "users-1", "u1"), ORDERS: Pod("shop", "orders-1", "o1")}
        self.api.reviews = {
            "users": bound("users-1", "u1"),
            "orders": bound("orders-1", "o1"),
            "old pod": bound("users-1", "u0"),
            "elsewhere": bound("users-1", "u1", namespace="other"),
            "wrong audience": bound("users-1", "u1", "https://kubernetes.default.svc"),
            "unbound": {**bound("", ""), "user": {"username": "system:serviceaccount:shop:default"}},
            "person": {**bound("users-1", "u1"), "user": {"username": "jane"}},
        }
        self.reviews = 0

    async def refusal(self, token: str, node_id: str = USERS) -> RefusedError | None:
        async with serving(self.api) as client:
            return await self.ask(self.authorizer(client), token, node_id)

    async def ask(self, authorizer: PodAuthorizer, token: str, node_id: str = USERS) -> RefusedError | None:
        try:
            await authorizer(Call(node_id, "peer", {"authorization": f"Bearer {token}"} if token else {}))
        except RefusedError as refused:
            return refused
        return None

    def authorizer(self, client: KubeClient) -> PodAuthorizer:
        async def review(token: str) -> BoundPod | TokenRefusal:
            self.reviews += 1
            return await review_token(client, token, TOKEN_AUDIENCE)

        return PodAuthorizer(review, lambda: self.pods, lambda: self.now)


@pytest.fixture
def reviewed() -> Reviewed:
    return Reviewed()


async def test_a_pod_gets_its_own_configuration(reviewed: Reviewed) -> None:
    assert await reviewed.refusal("users", USERS) is None
    assert await reviewed.refusal("orders", ORDERS) is None


@pytest.mark.parametrize("token", ["", "unknown", "wrong audience", "unbound", "person"])
async def test_a_token_that_proves_no_pod_is_unauthenticated(reviewed: Reviewed, token: str) -> None:
    refused = await reviewed.refusal(token)
    assert refused is not None
    assert refused.status == grpc.StatusCode.UNAUTHENTICATED


@pytest.mark.parametrize(
    ("token", "node_id"),
    [
        ("orders", USERS),
        ("users", ORDERS),
        ("old pod", USERS),
        ("elsewhere", USERS),
        ("users", virtual_node_id("shop", "orders", "users-1.shop")),
        ("users", "edge"),
    ],
)
async def test_another_pods_configuration_is_denied(reviewed: Reviewed, token: str, node_id: str) -> None:
    refused = await reviewed.refusal(token, node_id)
    assert refused is not None
    assert refused.status == grpc.StatusCode.PERMISSION_DENIED


async def test_a_review_is_remembered_for_a_while_but_a_pod_that_is_gone_is_refused_at_once(
    reviewed: Reviewed,
) -> None:
    async with serving(reviewed.api) as client:
        authorizer = reviewed.authorizer(client)
        assert await reviewed.ask(authorizer, "users") is None
        assert await reviewed.ask(authorizer, "users") is None
        assert reviewed.reviews == 1
        del reviewed.pods[USERS]
        refused = await reviewed.ask(authorizer, "users")
        assert refused is not None
        assert refused.status == grpc.StatusCode.PERMISSION_DENIED
        reviewed.now += 60
        del reviewed.api.reviews["users"]
        expired = await reviewed.ask(authorizer, "users")
        assert expired is not None
        assert expired.status == grpc.StatusCode.UNAUTHENTICATED


async def test_without_the_api_server_nothing_is_served_and_nothing_remembered(reviewed: Reviewed) -> None:
    async with serving(reviewed.api) as client:
        authorizer = reviewed.authorizer(client)
        reviewed.api.refuse = 500
        refused = await reviewed.ask(authorizer, "users")
        assert refused is not None
        assert refused.status == grpc.StatusCode.UNAVAILABLE
        reviewed.api.refuse = 0
        assert await reviewed.ask(authorizer, "users") is None


async def test_a_token_is_neither_kept_nor_logged(reviewed: Reviewed, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    reviewed.api.reviews["very-secret"] = bound("orders-1", "o1")
    async with serving(reviewed.api) as client:
        authorizer = reviewed.authorizer(client)
        refused = await reviewed.ask(authorizer, "very-secret")
        assert refused is not None
        assert "very-secret" not in refused.reason + repr(vars(authorizer)) + caplog.text
