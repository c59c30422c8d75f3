import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from meshrig.errors import InvalidInputError, MeshrigError
from meshrig.scenario.attempt import Attempt, Outcome
from meshrig.scenario.http import Answer
from meshrig.scenario.probe_messages import (
    Fetch,
    PemCertificate,
    decode_answers,
    decode_outcomes,
    decode_probes,
    encode_probes,
    encode_replies,
)

TIMEOUTS = st.floats(min_value=0.001, max_value=60)
CERTIFICATES = st.builds(PemCertificate, st.text(), st.text())
ATTEMPTS = st.one_of(
    st.builds(Attempt, st.text(), st.integers(1, 65535), st.just(True), st.none(), st.text(), TIMEOUTS),
    st.builds(Attempt, st.text(), st.integers(1, 65535), st.just(False), st.none() | CERTIFICATES, st.text(), TIMEOUTS),
)
PROBES = st.lists(ATTEMPTS | st.builds(Fetch, st.text(), TIMEOUTS), max_size=4)
OUTCOMES = st.builds(Outcome, st.sampled_from(["answered", "refused", "unreachable", "silent"]), st.text())
ANSWERS = st.builds(Answer, st.integers(0, 599), st.text().map(str.encode))
GOOD = {"id": "0", "host": "10.0.0.1", "port": 1, "tls": "none"}
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from([*GOOD, "get", "timeout"]), inner),
)


@given(PROBES)
def test_what_is_sent_arrives(probes: list[Attempt | Fetch]) -> None:
    assert list(decode_probes(encode_probes(probes)).values()) == probes


@given(st.lists(OUTCOMES, max_size=4), st.lists(ANSWERS, max_size=4))
def test_what_is_answered_arrives(outcomes: list[Outcome], answers: list[Answer]) -> None:
    sent = encode_replies({str(index): outcome for index, outcome in enumerate(outcomes)})
    assert decode_outcomes(sent, len(outcomes)) == tuple(outcomes)
    sent = encode_replies({str(index): answer for index, answer in enumerate(answers)})
    assert decode_answers(sent, len(answers)) == tuple(answers)


@given(JSON | st.lists(st.fixed_dictionaries(dict.fromkeys(GOOD, JSON))))
def test_any_json_is_read_or_refused_with_a_message(content: Any) -> None:
    try:
        decode_probes(json.dumps(content))
    except InvalidInputError as error:
        assert all(problem.message for problem in error.problems)


@given(st.text())
def test_any_reply_is_read_or_refused(text: str) -> None:
    try:
        decode_outcomes(text, 1)
    except MeshrigError as error:
        assert "not understood" in error.message


@pytest.mark.parametrize(
    ("entry", "message"),
    [
        ({}, "id is missing"),
        ({**GOOD, "port": "80"}, "port is missing or of the wrong kind"),
        ({**GOOD, "port": True}, "port is missing or of the wrong kind"),
        ({**GOOD, "port": 65536}, "port must be from 1 to 65535"),
        ({**GOOD, "tls": "mutual"}, "tls must be none, plaintext or a certificate"),
        ({**GOOD, "tls": ["none"]}, "tls must be none, plaintext or a certificate"),
        ({**GOOD, "tls": {"cert_pem": "c"}}, "key_pem is missing"),
        ({**GOOD, "timeout": 0}, "timeout must be above 0"),
        ({**GOOD, "timeout": 1e9}, "timeout must be above 0"),
        ({**GOOD, "password": "hunter2"}, "has more than id, timeout, host"),
        ({"id": "0", "get": "http://a", "host": "b"}, "has more than id, timeout, get"),
        ("text", "id is missing"),
    ],
)
def test_says_what_is_wrong_and_where(entry: Any, message: str) -> None:
    with pytest.raises(InvalidInputError) as caught:
        decode_probes(json.dumps([{**GOOD, "id": "first"}, entry]))
    (problem,) = map(str, caught.value.problems)
    assert problem.startswith("attempt 1: ")
    assert message in problem


def test_no_message_repeats_a_key() -> None:
    entry = {**GOOD, "port": 0, "tls": {"cert_pem": "c", "key_pem": "SECRET"}, "SECRET": "SECRET"}
    with pytest.raises(InvalidInputError) as caught:
        decode_probes(json.dumps([entry]))
    assert "SECRET" not in str(caught.value)


def test_an_id_stands_once() -> None:
    with pytest.raises(InvalidInputError, match="attempt 1: its id stands there already"):
        decode_probes(json.dumps([GOOD, GOOD]))


@pytest.mark.parametrize("text", ["", "{", "{}", "null"])
def test_what_is_no_list_is_refused(text: str) -> None:
    with pytest.raises(InvalidInputError, match="standard input is not"):
        decode_probes(text)
