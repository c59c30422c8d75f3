"""Loads: how often, how long, and what is expected."""

from meshrig.located.fields import Fields
from meshrig.scenario.definition import AllAnswer, Expectation, FirstOfEachBurst, Load, Rest, TokenBucket
from meshrig.scenario.read_request import read_request
from meshrig.scenario.read_values import read_count, read_json, read_positive, read_status
from meshrig.scenario.schedule import MOST_REQUESTS

_EXPECTATIONS = ("all", "first_of_each_burst", "token_bucket")


def read_load(name: str, fields: Fields, known: set[str]) -> Load:
    """``rate`` or ``bursts``, ``duration``, ``settle``, and one expectation."""
    request = read_request(fields, known)
    size, every = _read_offer(fields)
    duration = read_positive(fields, "duration", 1.0, required=True)
    settle = read_positive(fields, "settle")
    expect = _read_expectation(fields.fields("expect", required=True), size)
    if not 1 <= round(duration / every) * size <= MOST_REQUESTS:
        fields.problem(f"must offer from 1 to {MOST_REQUESTS} requests, not {duration / every * size:.0f}", "duration")
    fields.close()
    return Load(name, request, size, every, duration, expect, settle)


def _read_offer(fields: Fields) -> tuple[int, float]:
    """(requests at once, seconds from one to the next)."""
    if fields.has("rate") == fields.has("bursts"):
        fields.problem("needs exactly one of rate and bursts")
        fields.node("rate"), fields.node("bursts")
        return 1, 1.0
    if fields.has("rate"):
        return 1, 1 / read_positive(fields, "rate", 1.0)
    bursts = fields.fields("bursts")
    size, every = read_count(bursts, "size"), read_positive(bursts, "every", 1.0, required=True)
    bursts.close()
    return size, every


def _read_expectation(expect: Fields, size: int) -> Expectation:
    kinds = [kind for kind in _EXPECTATIONS if expect.has(kind)]
    found: Expectation = AllAnswer(200)
    if len(kinds) != 1:
        expect.problem(f"needs exactly one of {', '.join(_EXPECTATIONS)}")
        for kind in (*_EXPECTATIONS, "rest"):
            expect.node(kind)
    elif kinds[0] == "all":
        found = AllAnswer(read_status(expect, "all", 200))
    elif kinds[0] == "first_of_each_burst":
        count = read_count(expect, "first_of_each_burst")
        if count > size:
            expect.problem(f"is more than the {size} of a burst", "first_of_each_burst")
        found = FirstOfEachBurst(count, _read_rest(expect.fields("rest")))
    else:
        found = _read_bucket(expect.fields("token_bucket"), _read_rest(expect.fields("rest")))
    expect.close()
    return found


def _read_bucket(fields: Fields, rest: Rest) -> TokenBucket:
    rate, burst = read_positive(fields, "rate", 1.0, required=True), read_count(fields, "burst")
    tolerance = read_positive(fields, "tolerance", 0.02)
    if tolerance >= 1:
        fields.problem("is a fraction, such as 0.02 for 2 %", "tolerance")
    fields.close()
    return TokenBucket(rate, burst, tolerance, rest)


def _read_rest(fields: Fields) -> Rest:
    rest = Rest(read_status(fields, "status", 429), read_json(fields, "json"))
    fields.close()
    return rest
