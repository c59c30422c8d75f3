"""The edge as a client of API Gateway sees it, through a real Envoy."""

import http.client
import json
import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import pytest

from meshrig.compile.edge.gateway import compile_edge
from meshrig.model.apigateway import DeployedApi, Throttle
from meshrig.model.plan import Endpoint, Topology
from tests.golden import gateway as gw
from tests.integration.compile.running_envoy import echo_backend, free_port, running_envoy

pytestmark = pytest.mark.integration
_UUID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")


@dataclass(frozen=True)
class Answer:
    status: int
    headers: dict[str, str]
    body: str


@dataclass(frozen=True)
class Edge:
    port: int

    def call(self, verb: str, path: str, body: str = "", headers: dict[str, str] | None = None) -> Answer:
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=10)
        try:
            connection.request(verb, path, body or None, headers or {})
            answer = connection.getresponse()
            return Answer(answer.status, {k.lower(): v for k, v in answer.getheaders()}, answer.read().decode())
        finally:
            connection.close()


def _shop(api_id: str = "api1", stage: str = "prod") -> DeployedApi:
    parameters = {"integration.request.path.id": "method.request.path.id"}
    rest = {"integration.request.path.rest": "method.request.path.rest"}
    return gw.deployed(
        [
            gw.method("POST", "/orders"),
            gw.method("POST", "/slow"),
            gw.method("POST", "/closed"),
            gw.method("GET", "/orders/{id}", gw.vpc_integration("/backend/{id}", parameters)),
            gw.method("GET", "/orders/special", gw.vpc_integration("/special")),
            gw.method("ANY", "/files/{rest+}", gw.vpc_integration("/{rest}", rest)),
            gw.method("GET", "/unreachable", replace(gw.vpc_integration("/"), uri="http://shop:81/")),
            replace(gw.method("GET", "/private"), authorization_type="CUSTOM"),
            replace(gw.method("GET", "/keyed"), api_key_required=True),
        ],
        {
            ("/orders", "POST"): Throttle(0.001, 20),
            ("/closed", "POST"): Throttle(0, 0),
        },
        api_id,
        stage,
    )


def _running(folder: Path, *apis: DeployedApi) -> Iterator[Edge]:
    listen = free_port()
    with echo_backend() as backend:
        topology = Topology(node_ports={30080: (Endpoint("127.0.0.1", backend),)})
        places = {(gw.BALANCER_ARN, 80): Endpoint("127.0.0.1", free_port())}
        config = compile_edge(gw.gateway(*apis), Endpoint("127.0.0.1", listen), places, topology)
        with running_envoy(config, folder):
            yield Edge(listen)


@pytest.fixture(scope="module")
def edge(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Edge]:
    yield from _running(tmp_path_factory.mktemp("edge"), _shop())


@pytest.fixture(scope="module")
def two_apis(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Edge]:
    yield from _running(tmp_path_factory.mktemp("apis"), _shop(), _shop("api2", "test"))


def test_burst_passes_and_the_rest_gets_the_throttled_answer(edge: Edge) -> None:
    answers = [edge.call("POST", "/prod/orders", "{}") for _ in range(25)]
    assert [answer.status for answer in answers] == [200] * 20 + [429] * 5
    refused = answers[-1]
    assert refused.body == '{"message":"Too Many Requests"}'
    assert _UUID.fullmatch(refused.headers.pop("x-amzn-requestid"))
    assert refused.headers.pop("x-amz-apigw-id").endswith("=")
    assert refused.headers.pop("date")
    refused.headers.pop("connection", None)
    assert refused.headers == {
        "content-type": "application/json",
        "content-length": "31",
        "x-amzn-errortype": "TooManyRequestsException",
    }


def test_zero_throttle_blocks(edge: Edge) -> None:
    assert edge.call("POST", "/prod/closed").body == '{"message":"Too Many Requests"}'


@pytest.mark.parametrize(
    ("path", "arrived"),
    [
        ("/prod/orders/42", "/backend/42"),
        ("/prod/orders/4%2F2/?a=b&c", "/backend/4%2F2?a=b&c"),
        ("/prod/orders/special", "/special"),
        ("/prod/files/a//b/c", "/a//b/c"),
    ],
)
def test_paths_reach_the_backend_as_the_integration_says(edge: Edge, path: str, arrived: str) -> None:
    assert json.loads(edge.call("GET", path).body)["path"] == arrived


def test_headers_to_the_backend(edge: Edge) -> None:
    sent = {"x-request-id": "forged", "te": "trailers", "content-md5": "x", "x-custom": "kept", "user-agent": "me"}
    answer = edge.call("GET", "/prod/orders/42", headers=sent)
    seen = json.loads(answer.body)["headers"]
    assert seen.pop("x-amzn-requestid") == answer.headers["x-amzn-requestid"] != "forged"
    assert _UUID.fullmatch(answer.headers["x-amzn-requestid"])
    # Envoy names its own address where the client is on loopback.
    assert seen.pop("x-forwarded-for")
    assert seen.pop("x-request-id") == answer.headers["x-amzn-requestid"]
    assert seen == {
        "host": "shop.elb.localhost",
        "accept": "application/json",
        "accept-encoding": "identity",
        "user-agent": "me",
        "x-custom": "kept",
        "x-amzn-apigateway-api-id": "api1",
        "x-forwarded-proto": "http",
        "x-forwarded-port": str(edge.port),
    }


def test_headers_of_the_backend_are_renamed(edge: Edge) -> None:
    headers = edge.call("GET", "/prod/orders/42").headers
    assert headers["x-amzn-remapped-server"].startswith("BaseHTTP")
    assert "x-amzn-remapped-date" in headers
    assert "server" not in headers
    assert not [name for name in headers if name.startswith("x-envoy")]


@pytest.mark.parametrize(
    ("verb", "path", "status", "body"),
    [
        ("GET", "/prod/nothing", 403, '{"message":"Missing Authentication Token"}'),
        ("GET", "/prod", 403, '{"message":"Missing Authentication Token"}'),
        ("GET", "/prod/orders", 403, '{"message":"Missing Authentication Token"}'),
        ("POST", "/prod/orders/special", 403, '{"message":"Missing Authentication Token"}'),
        ("GET", "/production/orders", 403, '{"message":"Forbidden"}'),
        ("GET", "/", 403, '{"message":"Forbidden"}'),
        ("GET", "/prod/private", 500, '{"message": "Internal server error"}'),
        ("GET", "/prod/keyed", 500, '{"message": "Internal server error"}'),
        ("GET", "/prod/unreachable", 504, '{"message": "Network error communicating with endpoint"}'),
    ],
)
def test_own_answers(edge: Edge, verb: str, path: str, status: int, body: str) -> None:
    answer = edge.call(verb, path)
    assert (answer.status, answer.body) == (status, body)
    assert answer.headers["content-type"] == "application/json"
    assert _UUID.fullmatch(answer.headers["x-amzn-requestid"])
    assert answer.headers["x-amzn-errortype"].endswith("Exception")


def test_limits_of_size(edge: Edge) -> None:
    assert edge.call("GET", "/prod/orders/42", headers={"x-large": "x" * 11_000}).status == 431
    answer = edge.call("POST", "/prod/slow", "x" * (10 * 1024 * 1024 + 1))
    assert (answer.status, answer.body) == (413, '{"message":"Request Too Long"}')


@pytest.mark.parametrize(
    ("host", "path", "status"),
    [
        ("api1.execute-api.us-east-1.amazonaws.com", "/prod/orders/1", 200),
        ("api1.execute-api.us-east-1.amazonaws.com", "/prod?x=1", 403),
        ("api2.execute-api.us-east-1.amazonaws.com", "/test/orders/1?x=1", 200),
        ("api2.execute-api.us-east-1.amazonaws.com", "/prod/orders/1", 403),
        ("api3.execute-api.us-east-1.amazonaws.com", "/prod/orders/1", 403),
    ],
)
def test_host_picks_the_api(two_apis: Edge, host: str, path: str, status: int) -> None:
    answer = two_apis.call("GET", path, headers={"host": host})
    assert answer.status == status
    if path == "/prod?x=1":
        assert answer.body == '{"message":"Missing Authentication Token"}'
    elif status == 403:
        assert answer.body == '{"message":"Forbidden"}'
    else:
        assert "x-apigateway-scope-path" not in json.loads(answer.body)["headers"]
