"""Phases that dial a sidecar."""

import typing

from meshrig.located.fields import Fields, did_you_mean
from meshrig.scenario.definition import WITHOUT_CERTIFICATE, ClientKind, Handshake

_CLIENTS: tuple[ClientKind, ...] = typing.get_args(ClientKind)


def read_handshake(name: str, fields: Fields, _known: set[str]) -> Handshake:
    """``target``, ``client``, ``expect``; ``virtual_node`` where the client has a certificate; ``counter``."""
    target, virtual_node = fields.text("target", required=True), fields.text("virtual_node")
    client, expect = fields.text("client", required=True), fields.text("expect", required=True)
    counter = fields.text("counter")
    kind = next((known for known in _CLIENTS if known == client), None)
    if client and kind is None:
        fields.problem(f"unknown client {client!r}", "client", did_you_mean(client, _CLIENTS))
    if expect and expect not in {"accepted", "refused"}:
        fields.problem(f"must be accepted or refused, not {expect!r}", "expect")
    if kind in WITHOUT_CERTIFICATE and virtual_node:
        fields.problem(f"a client {kind} shows no certificate", "virtual_node", "leave it out")
    if kind and kind not in WITHOUT_CERTIFICATE and not virtual_node:
        fields.problem("needs virtual_node: for whom the client's certificate is made")
    fields.close()
    return Handshake(name, target, kind or "none", expect == "accepted", virtual_node, counter)
