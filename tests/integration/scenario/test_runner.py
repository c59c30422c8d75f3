from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
from botocore.exceptions import ClientError

from meshrig.certs.authority import CertificateAuthority
from meshrig.scenario.context import ScenarioContext
from meshrig.scenario.loopback import LoopbackAccess, ProxyAccess
from meshrig.scenario.reader import parse_scenario
from meshrig.scenario.result import Check, ScenarioResult, render_rows
from meshrig.scenario.runner import run_scenario
from tests.integration.scenario.local_servers import (
    Api,
    Certificates,
    admin_socket,
    answer,
    listening,
    listening_for_one,
    server_tls,
)

pytestmark = pytest.mark.integration
TLS = {
    "mode": "STRICT",
    "certificate": {"file": {"certificateChain": "/tls.crt"}},
    "validation": {"trust": {"file": {"certificateChain": "/ca.crt"}}},
}


class FakeAppMesh:
    """Virtual nodes by name; App Mesh's error for any other."""

    def __init__(self, specs: Mapping[str, Any]) -> None:
        self.specs = specs

    def describe_virtual_node(self, **names: str) -> Mapping[str, Any]:
        if names["virtualNodeName"] not in self.specs:
            raise ClientError({"Error": {"Code": "NotFoundException", "Message": "no such"}}, "DescribeVirtualNode")
        return {"virtualNode": {"spec": self.specs[names["virtualNodeName"]]}}


def context(url: str, specs: Mapping[str, Any] | None = None, **proxies: ProxyAccess) -> ScenarioContext:
    certificates = Certificates(CertificateAuthority.create())
    mesh = LoopbackAccess({name: (proxy,) for name, proxy in proxies.items()})
    return ScenarioContext(url, FakeAppMesh(specs or {}), "shop", mesh, certificates)


async def run(text: str, where: ScenarioContext) -> ScenarioResult:
    return await run_scenario(parse_scenario(text, "s.yaml"), where, lambda _: None)


FLOW = """\
name: flow
setup:
  - name: sign up
    request: {method: POST, path: /users, body: {username: a}, expect: [200, 201], capture: {user: id}}
phases:
  - name: order
    request: {method: POST, path: /orders, body: {user_id: "${user}"}, json: {state: new}}
"""


async def test_captures_reach_later_bodies() -> None:
    api = Api(answers={"POST /users": answer(201, b'{"id": 7}'), "POST /orders": answer(200, b'{"state": "new"}')})
    async with listening(api.handle) as (host, port):
        result = await run(FLOW, context(f"http://{host}:{port}"))
    assert result.ok
    assert api.bodies[1] == b'{"user_id": 7}'


async def test_no_phase_runs_after_a_failed_setup() -> None:
    api = Api(answers={"POST /users": answer(500, b"oops")})
    async with listening(api.handle) as (host, port):
        result = await run(FLOW, context(f"http://{host}:{port}"))
    assert [(check.expected, check.seen) for check in result.checks] == [
        ("200 or 201", "500: oops"),
        ("1", "0: the setup failed"),
    ]
    assert len(api.bodies) == 1


async def test_a_wrong_value_shows_both() -> None:
    api = Api(answers={"POST /users": answer(201, b'{"id": 7}'), "POST /orders": answer(200, b'{"state": "old"}')})
    async with listening(api.handle) as (host, port):
        result = await run(FLOW, context(f"http://{host}:{port}"))
    assert result.checks[-1] == Check("order", "state", '"new"', '"old"', False, '"old"')


async def test_a_handshake_needs_both_refusal_and_counter(tmp_path: Path) -> None:
    authority = CertificateAuthority.create()
    stats = iter(["", "listener.0.0.0.0_15000.ssl.fail_verify_error: 1\ncluster.x.ssl.fail_verify_error: 9\n"])
    text = "name: n\nphases: [{name: h, handshake: {target: users, client: other_ca, virtual_node: orders, "
    text += "expect: refused, counter: ssl.fail_verify_error}}]"
    async with admin_socket(tmp_path / "admin", lambda: next(stats)) as admin:
        with listening_for_one(server_tls(authority, tmp_path)) as address:
            result = await run(text, context("http://127.0.0.1", users=ProxyAccess((address,), admin)))
    assert result.ok
    assert result.checks[1].seen == "0 → 1"


async def test_what_cannot_run_is_a_failed_check(tmp_path: Path) -> None:
    text = "name: n\nphases: [{name: h, handshake: {target: users, client: none, expect: refused, counter: c}}]"
    proxy = ProxyAccess((("127.0.0.1", 1),), tmp_path / "absent")
    result = await run(text, context("http://127.0.0.1", users=proxy))
    assert not result.ok
    assert "admin" in result.checks[0].seen
    absent = await run(text, context("http://127.0.0.1", orders=proxy))
    assert absent.checks[0].seen == "no sidecar of users runs; running are: orders"


async def test_a_bypass_finds_the_guard_and_says_what_lies_open(tmp_path: Path) -> None:
    text = "name: n\nphases: [{name: b, bypass: {target: users, via: [pod_ip, cluster_ip], clients: [plaintext]}}]"
    api = Api(answers={"GET /": answer(404)})
    async with listening(api.handle) as application:
        with listening_for_one(server_tls(CertificateAuthority.create(), tmp_path)) as sidecar:
            proxy = ProxyAccess((sidecar,), tmp_path / "admin", (application,))
            result = await run(text, context("http://127.0.0.1", users=proxy))
    assert result.ok
    assert [(check.what, check.verdict) for check in result.checks] == [
        ("users by pod IP, plaintext", "ok"),
        ("users behind its sidecar, plaintext", "noted"),
        ("users by ClusterIP, plaintext", "noted"),
    ]
    assert f"127.0.0.1:{application[1]} answered (HTTP 404)" in result.checks[1].seen


async def test_a_server_that_answers_in_clear_fails_a_bypass(tmp_path: Path) -> None:
    text = "name: n\nphases: [{name: b, bypass: {target: users, via: [pod_ip], clients: [plaintext]}}]"
    async with listening(Api(answers={"GET /": answer(404)}).handle) as address:
        result = await run(text, context("http://127.0.0.1", users=ProxyAccess((address,), tmp_path / "admin")))
    assert not result.ok
    assert result.checks[0].outcome == "answered"


CONFIG = "name: n\nphases: [{name: c, mesh_config: {virtual_nodes: [users], authority: /ca.crt}}]"


def listener(tls: Mapping[str, Any]) -> dict[str, Any]:
    return {"listeners": [{"portMapping": {"port": 8080}, "tls": tls}]}


@pytest.mark.parametrize(
    ("spec", "failed"),
    [
        (listener(TLS), []),
        (listener({**TLS, "mode": "PERMISSIVE"}), ["users:8080 TLS mode"]),
        (listener({**TLS, "validation": {}}), ["users:8080 trusts"]),
        (listener({}), ["users:8080 TLS mode", "users:8080 certificate", "users:8080 trusts"]),
        ({"backends": [{"virtualService": {"virtualServiceName": "p.shop"}}], "backendDefaults":
          {"clientPolicy": {"tls": {**TLS, "enforce": True}}}}, []),
        ({"backends": [{"virtualService": {"virtualServiceName": "p.shop", "clientPolicy":
          {"tls": {**TLS, "enforce": False}}}}]}, ["users → p client policy"]),
        ({}, ["virtual node users"]),
    ],
)  # fmt: skip
async def test_configuration_is_compared_part_by_part(spec: Mapping[str, Any], failed: list[str]) -> None:
    result = await run(CONFIG, context("http://127.0.0.1", {"users": spec}))
    assert [check.what for check in result.checks if not check.ok] == failed


async def test_an_unknown_virtual_node_is_a_failed_check() -> None:
    result = await run(CONFIG, context("http://127.0.0.1"))
    assert "NotFoundException" in result.checks[0].seen


def test_rows_name_a_phase_once() -> None:
    checks = (Check("a", "1", "", "", True), Check("a", "2", "", "", True), Check("b", "3", "", "", False))
    assert [(row.phase, row.check.what, row.check.ok) for row in render_rows(ScenarioResult("n", checks))] == [
        ("a", "1", True), ("", "2", True), ("b", "3", False),
    ]  # fmt: skip
