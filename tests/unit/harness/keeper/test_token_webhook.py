import ssl
from collections.abc import AsyncIterator, Callable
from typing import Any

import aiohttp
import pytest

from meshrig.certs.authority import CertificateAuthority
from meshrig.harness.keeper.token_webhook import TokenWebhook
from meshrig.harness.localstack import Clients
from tests.unit.harness.fake_aws import FakeAws

AUTHORITY = CertificateAuthority.create()
KNOWN = {"authenticated": True, "user": {"username": "me", "groups": ["system:masters"]}}


def review(token: str) -> dict[str, Any]:
    return {"apiVersion": "authentication.k8s.io/v1", "kind": "TokenReview", "spec": {"token": token}}


@pytest.fixture
async def webhook(aws: FakeAws) -> AsyncIterator[TokenWebhook]:
    made = TokenWebhook(Clients(aws.url, "us-east-1"), port=0)
    await made.start(AUTHORITY)
    yield made
    await made.close()


Ask = Callable[..., Any]


@pytest.fixture
async def session() -> AsyncIterator[aiohttp.ClientSession]:
    async with aiohttp.ClientSession() as made:
        yield made


def trusting(authority: CertificateAuthority) -> ssl.SSLContext:
    return ssl.create_default_context(cadata=authority.ca_pem)


@pytest.fixture
def ask(webhook: TokenWebhook, session: aiohttp.ClientSession) -> Ask:
    async def asked(body: Any, authority: CertificateAuthority = AUTHORITY, name: str = "meshrig") -> Any:
        """The answer as the API server gets it, which knows the webhook by that name."""
        url = f"https://127.0.0.1:{webhook.port}/authenticate"
        sent = {"data": body} if isinstance(body, bytes) else {"json": body}
        async with session.post(url, ssl=trusting(authority), server_hostname=name, **sent) as answer:
            return answer.status, await answer.json()

    return asked


async def test_the_plugin_s_answer_is_passed_on(ask: Ask, aws: FakeAws) -> None:
    aws.clusters, aws.reviews = ["shop"], {"shop/good": KNOWN}
    status, answer = await ask(review("good"))
    assert status == 200
    assert answer == {**review("good"), "status": KNOWN}


async def test_the_first_cluster_to_know_the_caller_decides(ask: Ask, aws: FakeAws) -> None:
    aws.clusters, aws.reviews = ["other", "shop", "third"], {"shop/good": KNOWN}
    assert (await ask(review("good")))[1]["status"] == KNOWN
    assert "POST /_meshrig/eks/clusters/third/authenticate" not in aws.requests


async def test_whom_nobody_knows_is_refused_with_the_reason(ask: Ask, aws: FakeAws) -> None:
    aws.clusters = ["shop"]
    status, answer = await ask(review("stolen"))
    assert (status, answer["status"]["authenticated"]) == (200, False)
    assert answer["status"]["error"] == "shop knows nobody with this token"


async def test_without_a_cluster_everybody_is_refused(ask: Ask) -> None:
    assert (await ask(review("good")))[1] == {
        "apiVersion": "authentication.k8s.io/v1",
        "kind": "TokenReview",
        "status": {"authenticated": False, "error": "the stack has no EKS cluster"},
    }


async def test_an_endpoint_that_is_away_is_a_refusal(ask: Ask, aws: FakeAws) -> None:
    aws.away = True
    status, answer = await ask(review("good"))
    assert (status, answer["status"]) == (200, {"authenticated": False, "error": "the AWS APIs do not answer"})


@pytest.mark.parametrize("body", [b"", b"{", b"\xff", ["a"], None, 3])
async def test_what_is_no_review_is_refused(ask: Ask, body: Any) -> None:
    assert await ask(body) == (400, {"error": "not a TokenReview"})


async def test_only_the_ca_s_own_is_believed_and_only_under_its_name(ask: Ask) -> None:
    with pytest.raises(aiohttp.ClientConnectorCertificateError):
        await ask(review("good"), CertificateAuthority.create())
    with pytest.raises(aiohttp.ClientConnectorCertificateError, match="Hostname mismatch"):
        await ask(review("good"), AUTHORITY, "elsewhere")


async def test_no_token_is_logged(ask: Ask, aws: FakeAws, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level("DEBUG", logger="meshrig")
    aws.clusters = ["shop"]
    await ask(review("TOPSECRET"))
    assert "a token was refused" in caplog.text
    assert "TOPSECRET" not in caplog.text
