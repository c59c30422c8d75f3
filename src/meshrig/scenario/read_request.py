"""Requests, on their own or as a load's: method, path, body and the variables in them."""

import re

from meshrig.located.fields import Fields, did_you_mean
from meshrig.scenario.definition import Call, Request
from meshrig.scenario.read_values import read_json, read_statuses
from meshrig.scenario.variables import references

_METHODS = ("DELETE", "GET", "HEAD", "OPTIONS", "PATCH", "POST", "PUT")
_PATH = re.compile(r"/[!-~]*")
_VARIABLE = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
_DOTTED = re.compile(r"[^.]+(\.[^.]+)*")


def read_call(name: str, fields: Fields, known: set[str]) -> Call:
    """What it captures is known to the steps after it."""
    request, expect = read_request(fields, known), read_statuses(fields, "expect")
    values, capture = fields.fields("json"), fields.fields("capture")
    expected = {dotted: read_json(values, dotted) or "null" for dotted in values.names()}
    captured = {variable: capture.text(variable, required=True) for variable in capture.names()}
    for dotted in expected:
        _check_dotted(values, dotted, dotted)
    for variable, dotted in captured.items():
        if not _VARIABLE.fullmatch(variable):
            capture.problem("must be letters, digits and _", variable)
        _check_dotted(capture, variable, dotted)
    known.update(captured)
    fields.close()
    return Call(name, request, expect, expected, captured)


def read_request(fields: Fields, known: set[str]) -> Request:
    """Method (GET where none is named), path, body; a reference to a variable outside ``known`` is a problem."""
    method, path = fields.text("method", "GET"), fields.text("path", required=True)
    body = read_json(fields, "body")
    if method not in _METHODS:
        fields.problem(f"unknown method {method!r}", "method", did_you_mean(method, _METHODS))
    if path and not _PATH.fullmatch(path):
        fields.problem("must begin with / and be ASCII without spaces", "path", "percent-encode the rest")
    for key, text in (("path", path), ("body", body)):
        for name in sorted(set(references(text)) - known):
            fields.problem(f"no step before this one captures {name!r}", key, did_you_mean(name, known))
    return Request(method, path, body)


def _check_dotted(fields: Fields, key: str, dotted: str) -> None:
    if dotted and not _DOTTED.fullmatch(dotted):
        fields.problem("must be a dotted path such as products.0.id", key)
