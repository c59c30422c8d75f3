"""A scenario file -> Scenario; every problem with its line."""

import json
import os
import typing
from collections.abc import Callable
from pathlib import Path

from meshrig.errors import InvalidInputError, Origin, Problem
from meshrig.located.fields import Fields, did_you_mean, raise_problems
from meshrig.located.yaml_nodes import Node, Scalar, parse_documents, plain
from meshrig.scenario.definition import Bucket, Call, ClientKind, Handshake, Load, MeshConfig, Phase, Request, Scenario

CLIENT_KINDS = typing.get_args(ClientKind)


def read_scenario(path: Path) -> Scenario:
    """Raises InvalidInputError with all problems of the file."""
    shown = os.path.relpath(path)
    try:
        text = path.read_text()
    except (OSError, UnicodeDecodeError) as error:
        raise InvalidInputError([Problem(f"cannot be read: {error}", Origin(shown))]) from error
    return parse_scenario(text, shown)


def parse_scenario(text: str, shown_as: str) -> Scenario:
    """As ``read_scenario``, of text."""
    documents = parse_documents(text, shown_as)
    if len(documents) != 1:
        raise InvalidInputError([Problem("a scenario is one YAML document", Origin(shown_as))])
    problems: list[Problem] = []
    top = Fields(documents[0], "", problems)
    name, description = top.text("name", required=True), top.text("description")
    phases = tuple(phase for phase in (_phase(item) for item in top.each("phases")) if phase)
    if not phases and not problems:
        top.problem("needs at least one phase", "phases")
    top.close()
    raise_problems(problems)
    return Scenario(name, description, phases)


def _phase(item: Fields) -> Phase | None:
    kinds = [kind for kind in _READERS if item.has(kind)]
    name = item.text("name", required=True)
    if len(kinds) != 1:
        item.problem(f"needs exactly one of {', '.join(_READERS)}")
        return None
    phase = _READERS[kinds[0]](name, item.fields(kinds[0]))
    item.close()
    return phase


def _call(name: str, fields: Fields) -> Call:
    request = _request(fields)
    statuses = tuple(int(s) for s in fields.texts("expect") if s.isdigit()) or (200,)
    call = Call(name, request, statuses, fields.text_map("capture"))
    fields.close()
    return call


def _load(name: str, fields: Fields) -> Load:
    request = _request(fields)
    rate, bursts = _number(fields, "rate"), fields.fields("bursts")
    size = bursts.integer("size") if fields.has("bursts") else 1
    every = _number(bursts, "every") if fields.has("bursts") else (1 / rate if rate else 0.0)
    if bool(rate) == fields.has("bursts"):
        fields.problem("needs exactly one of rate and bursts")
    if every <= 0 or size < 1:
        fields.problem("must offer requests at a positive rate")
    expect = fields.fields("expect", required=True)
    bucket = expect.fields("token_bucket")
    load = Load(
        name=name,
        request=request,
        size=size,
        every=every,
        duration=_number(fields, "duration"),
        all_status=expect.integer("all"),
        first=expect.integer("first_of_each_burst"),
        bucket=_bucket(bucket) if expect.has("token_bucket") else None,
        settle=_number(fields, "settle"),
    )
    if (load.all_status > 0) + (load.first > 0) + (load.bucket is not None) != 1:
        expect.problem("needs exactly one of all, first_of_each_burst and token_bucket")
    if load.duration <= 0:
        fields.problem("must be above 0", "duration")
    for part in (bursts, bucket, expect, fields):
        part.close()
    return load


def _bucket(fields: Fields) -> Bucket:
    return Bucket(_number(fields, "rate"), fields.integer("burst"), _number(fields, "tolerance") or 0.02)


def _mesh_config(name: str, fields: Fields) -> MeshConfig:
    found = MeshConfig(name, fields.texts("virtual_nodes"))
    if not found.virtual_nodes:
        fields.problem("needs virtual_nodes")
    fields.close()
    return found


def _handshake(name: str, fields: Fields) -> Handshake:
    client = fields.text("client", required=True)
    expect = fields.text("expect", required=True)
    if client and client not in CLIENT_KINDS:
        fields.problem(f"unknown client {client!r}", "client", did_you_mean(client, CLIENT_KINDS))
    if expect and expect not in {"accepted", "refused"}:
        fields.problem(f"must be accepted or refused, not {expect!r}", "expect")
    found = Handshake(
        name=name,
        target=fields.text("target", required=True),
        client=typing.cast(ClientKind, client),
        accepted=expect == "accepted",
        virtual_node=fields.text("virtual_node"),
        counter=fields.text("counter"),
    )
    if client not in {"none", "plaintext"} and not found.virtual_node:
        fields.problem("needs virtual_node: whose certificate the client shows")
    fields.close()
    return found


def _request(fields: Fields) -> Request:
    method, path = fields.text("method", "GET"), fields.text("path", required=True)
    body = fields.node("body")
    if path and not path.startswith("/"):
        fields.problem("must begin with /", "path")
    return Request(method.upper(), path, _json(body, fields) if body else "")


def _json(body: Node, fields: Fields) -> str:
    try:
        return json.dumps(plain(body))
    except TypeError:
        fields.problem("is not JSON", "body", "quote dates")
        return ""


def _number(fields: Fields, key: str) -> float:
    node = fields.node(key)
    if node is None:
        return 0.0
    if isinstance(node, Scalar) and isinstance(node.value, (int, float)) and not isinstance(node.value, bool):
        return float(node.value)
    fields.problem("must be a number", key)
    return 0.0


_READERS: dict[str, Callable[[str, Fields], Phase]] = {
    "request": _call,
    "load": _load,
    "mesh_config": _mesh_config,
    "handshake": _handshake,
}
