"""What is said to ``meshrig probe`` and what it answers: JSON lists, joined by each entry's ``id``.

    {"id": "0", "host": "10.244.0.7", "port": 8080, "tls": "plaintext", "timeout": 5}
    {"id": "1", "host": "10.244.0.7", "port": 8080, "tls": {"cert_pem": "…", "key_pem": "…"}, "sni": "users"}
    {"id": "2", "get": "http://10.244.0.7:15020/stats"}
    → {"id": "0", "kind": "refused", "detail": "connection closed"}, …, {"id": "2", "status": 200, "body": "…"}

``tls`` is ``none`` (TLS, no certificate), ``plaintext`` or a certificate. No message ever repeats what was sent.
"""

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, get_args

from meshrig.errors import InvalidInputError, MeshrigError, Origin, Problem
from meshrig.scenario.attempt import DIAL_SECONDS, Attempt, Outcome, OutcomeKind
from meshrig.scenario.http import Answer

_MOST_SECONDS = 60.0


@dataclass(frozen=True)
class PemCertificate:
    """A certificate that came as text."""

    cert_chain_pem: str
    private_key_pem: str = field(repr=False)


@dataclass(frozen=True)
class Fetch:
    """GET ``url``."""

    url: str
    timeout: float = DIAL_SECONDS


Probe = Attempt | Fetch
Reply = Outcome | Answer


def encode_probes(probes: Sequence[Probe]) -> str:
    """Ids are places in the list."""
    return json.dumps([{"id": str(index), **_encode(probe)} for index, probe in enumerate(probes)])


def _encode(probe: Probe) -> dict[str, Any]:
    if isinstance(probe, Fetch):
        return {"get": probe.url, "timeout": probe.timeout}
    tls: str | dict[str, str] = "plaintext" if probe.plaintext else "none"
    if probe.certificate:
        tls = {"cert_pem": probe.certificate.cert_chain_pem, "key_pem": probe.certificate.private_key_pem}
    return {"host": probe.host, "port": probe.port, "tls": tls, "sni": probe.sni, "timeout": probe.timeout}


def decode_probes(text: str) -> dict[str, Probe]:
    """By id. Raises InvalidInputError for every entry that is none."""
    try:
        entries = json.loads(text)
    except ValueError as error:
        raise InvalidInputError([Problem("standard input is not JSON")]) from error
    if not isinstance(entries, list):
        raise InvalidInputError([Problem("standard input is not a JSON list")])
    found: dict[str, Probe] = {}
    problems = []
    for index, entry in enumerate(entries):
        try:
            name = _value(entry, "id", str)
            if name in found:
                raise ValueError("its id stands there already")
            found[name] = _decode(entry)
        except ValueError as error:
            problems.append(Problem(str(error), Origin(subject=f"attempt {index}")))
    if problems:
        raise InvalidInputError(problems)
    return found


def _decode(entry: Mapping[str, Any]) -> Probe:
    """Raises ValueError."""
    timeout = _value(entry, "timeout", float, DIAL_SECONDS)
    if not 0 < timeout <= _MOST_SECONDS:
        raise ValueError(f"timeout must be above 0 and at most {_MOST_SECONDS:g}")
    if "get" in entry:
        _close(entry, "get")
        return Fetch(_value(entry, "get", str), timeout)
    _close(entry, "host", "port", "tls", "sni")
    port, tls = _value(entry, "port", int), entry.get("tls")
    if not 0 < port < 65536:
        raise ValueError("port must be from 1 to 65535")
    certificate = None
    if isinstance(tls, dict):
        certificate = PemCertificate(_value(tls, "cert_pem", str), _value(tls, "key_pem", str))
    elif tls not in ("none", "plaintext"):
        raise ValueError("tls must be none, plaintext or a certificate with cert_pem and key_pem")
    return Attempt(
        _value(entry, "host", str), port, tls == "plaintext", certificate, _value(entry, "sni", str, ""), timeout
    )


def _close(entry: Mapping[str, Any], *known: str) -> None:
    if len(set(entry) - {"id", "timeout", *known}):
        raise ValueError(f"has more than id, timeout, {', '.join(known)}")


def _value[T](entry: Any, key: str, kind: type[T], default: T | None = None) -> T:
    value = entry.get(key, default) if isinstance(entry, dict) else None
    if kind is float and isinstance(value, int) and not isinstance(value, bool):
        value = float(value)
    if not isinstance(value, kind) or isinstance(value, bool):
        raise ValueError(f"{key} is missing or of the wrong kind")
    return value


def encode_replies(replies: Mapping[str, Reply]) -> str:
    return json.dumps([{"id": name, **_encode_reply(reply)} for name, reply in replies.items()])


def _encode_reply(reply: Reply) -> dict[str, Any]:
    if isinstance(reply, Answer):
        return {"status": reply.status, "body": reply.body.decode(errors="replace")}
    return {"kind": reply.kind, "detail": reply.detail}


def decode_outcomes(text: str, count: int) -> tuple[Outcome, ...]:
    """What ``count`` attempts came to, in their order. Raises MeshrigError for anything else."""
    return _in_order(text, count, _outcome)


def decode_answers(text: str, count: int) -> tuple[Answer, ...]:
    """As ``decode_outcomes``, of fetches."""
    return _in_order(text, count, lambda entry: Answer(int(entry["status"]), str(entry["body"]).encode()))


def _outcome(entry: Mapping[str, Any]) -> Outcome:
    kinds: tuple[OutcomeKind, ...] = get_args(OutcomeKind)
    return Outcome(kinds[kinds.index(entry["kind"])], str(entry["detail"]))


def _in_order[T](text: str, count: int, decode: Callable[[Mapping[str, Any]], T]) -> tuple[T, ...]:
    try:
        by_id = {entry["id"]: decode(entry) for entry in json.loads(text)}
        return tuple(by_id[str(index)] for index in range(count))
    except (ValueError, LookupError, TypeError) as error:
        raise MeshrigError("the prober's answer is not understood", hint="is its image of this version?") from error
