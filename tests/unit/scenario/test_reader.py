from pathlib import Path

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from meshrig.errors import InvalidInputError
from meshrig.scenario.definition import Bypass, Load, TokenBucket
from meshrig.scenario.reader import parse_scenario, read_scenario
from meshrig.scenario.schedule import plan_bursts

SHIPPED = Path(__file__).parents[3] / "scenarios"
WORDS = st.sampled_from(
    [
        "name",
        "setup",
        "phases",
        "request",
        "load",
        "handshake",
        "path",
        "method",
        "body",
        "rate",
        "bursts",
        "size",
        "every",
        "duration",
        "settle",
        "expect",
        "all",
        "first_of_each_burst",
        "token_bucket",
        "burst",
        "tolerance",
        "rest",
        "status",
        "json",
        "capture",
        "target",
        "client",
        "mesh_config",
        "bypass",
        "via",
        "clients",
    ]
)
LEAVES = st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8) | WORDS | st.dates()
TREES = st.recursive(
    LEAVES, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(WORDS, inner, max_size=5), max_leaves=25
)


def problems_of(text: str) -> list[str]:
    with pytest.raises(InvalidInputError) as caught:
        parse_scenario(text, "s.yaml")
    return [str(problem) for problem in caught.value.problems]


def test_rate_limit_is_as_the_issue_says() -> None:
    normal, burst, over = read_scenario(SHIPPED / "rate_limit.yaml").phases
    assert isinstance(normal, Load)
    assert isinstance(burst, Load)
    assert isinstance(over, Load)
    assert [sum(b.size for b in plan_bursts(load)) for load in (normal, burst, over)] == [500, 250, 2250]
    assert isinstance(over.expect, TokenBucket)
    assert (over.expect.rate, over.expect.burst, over.expect.tolerance) == (100, 20, 0.02)


def test_mtls_dials_every_kind_of_client() -> None:
    phases = read_scenario(SHIPPED / "mtls.yaml").phases
    kinds = {getattr(phase, "client", "") for phase in phases} - {""}
    assert kinds == {"valid", "none", "self_signed", "other_ca", "expired", "wrong_san", "plaintext"}


def test_mtls_goes_around_every_server_by_every_address() -> None:
    phases = read_scenario(SHIPPED / "mtls.yaml").phases
    around = [phase for phase in phases if isinstance(phase, Bypass)]
    assert [phase.target for phase in around] == ["users", "products", "orders"]
    assert {(phase.via, phase.clients) for phase in around} == {
        (("pod_ip", "cluster_ip", "node_port"), ("none", "plaintext"))
    }


def test_a_bypass_takes_all_ways_and_clients_unless_told() -> None:
    short = "name: n\nphases: [{name: p, bypass: {target: users}}, "
    text = short + "{name: q, bypass: {target: users, via: [node_port], clients: [none]}}]"
    assert parse_scenario(text, "s.yaml").phases == (
        Bypass("p", "users", ("pod_ip", "cluster_ip", "node_port"), ("none", "plaintext")),
        Bypass("q", "users", ("node_port",), ("none",)),
    )


def test_all_problems_come_at_once_with_their_lines() -> None:
    text = """\
name: bad
phases:
  - name: one
    request: {path: orders, body: {id: "${nobody}"}, expect: [okay]}
  - name: two
    load:
      path: /x
      rate: .inf
      duration: 1
      expect: {all: 200, token_bucket: {rate: 1, burst: 1}}
  - name: two
    handshake: {target: users, client: selfsigned, expect: refused}
  - name: three
    bypass:
      target: users
      via: [pod_ip, clusterip]
      clients: [valid]
"""
    found = problems_of(text)
    assert [line.split(":")[1] for line in found] == ["4", "4", "4", "8", "10", "11", "12", "16", "17"]
    assert any("captures 'nobody'" in line for line in found)
    assert any("did you mean self_signed?" in line for line in found)
    assert any("did you mean cluster_ip?" in line for line in found)


@pytest.mark.parametrize(
    ("phase", "message"),
    [
        ("request: {path: /x, wait: 3}", "unknown field"),
        ("request: {path: '/x y'}", "without spaces"),
        ("request: {path: /x, expect: []}", "names no status"),
        ("request: {path: /x, body: .nan}", "is not JSON"),
        ("load: {path: /x, rate: 1, duration: 0.1, expect: {all: 200}}", "must offer from 1"),
        ("load: {path: /x, rate: 100000, duration: 1000, expect: {all: 200}}", "must offer from 1"),
        ("load: {path: /x, duration: 1, expect: {all: 200}}", "exactly one of rate and bursts"),
        (
            "load: {path: /x, bursts: {size: 2, every: 1}, duration: 1, expect: {first_of_each_burst: 3}}",
            "is more than",
        ),
        ("handshake: {target: a, client: none, virtual_node: b, expect: refused}", "shows no certificate"),
        ("handshake: {target: a, client: valid, expect: accepted}", "needs virtual_node"),
        ("mesh_config: {}", "needs virtual_nodes"),
        ("bypass: {}", "target is missing"),
        ("bypass: {target: a, via: []}", "names none"),
        ("bypass: {target: a, clients: [valid]}", "unknown word 'valid' (known: none, plaintext)"),
        ("bypass: {target: a, clients: [none, none]}", "names none twice"),
        ("bypass: {target: a, port: 1}", "unknown field"),
        ("sleep: 3", "needs exactly one of"),
    ],
)
def test_says_what_is_wrong(phase: str, message: str) -> None:
    assert any(message in line for line in problems_of(f"name: n\nphases:\n  - name: p\n    {phase}\n"))


def test_setup_takes_requests_only() -> None:
    text = "name: n\nsetup: [{name: s, mesh_config: {virtual_nodes: [a]}}]\nphases: [{name: p, request: {path: /}}]\n"
    assert any("needs request" in line for line in problems_of(text))


@settings(deadline=None)
@given(st.text(max_size=200) | TREES.map(lambda tree: yaml.safe_dump(tree, allow_unicode=True)))
def test_any_text_is_read_or_refused_with_a_message(text: str) -> None:
    try:
        parse_scenario(text, "s.yaml")
    except InvalidInputError as error:
        assert error.problems
        assert all(problem.message for problem in error.problems)


STEPS = st.fixed_dictionaries(
    {"name": st.text(max_size=4)}, optional=dict.fromkeys(("request", "load", "handshake", "bypass"), TREES)
)


@settings(deadline=None)
@given(st.lists(STEPS, max_size=3))
def test_any_step_is_read_or_refused_with_a_message(steps: list[object]) -> None:
    try:
        parse_scenario(yaml.safe_dump({"name": "n", "phases": steps}), "s.yaml")
    except InvalidInputError as error:
        assert all(problem.message for problem in error.problems)
