"""Compare what a load got with what it expects, and the generator with its own schedule."""

import json
from collections import Counter
from collections.abc import Iterator, Sequence

from meshrig.scenario.definition import AllAnswer, FirstOfEachBurst, Load, Rest, TokenBucket
from meshrig.scenario.load import Sample
from meshrig.scenario.result import Check
from meshrig.scenario.token_bucket import count_admitted

# A schedule kept worse than this says more about the generator than about the system.
LATE_SECONDS = 0.25
_PASSED = 200


def check_load(load: Load, samples: Sequence[Sample]) -> tuple[Check, ...]:
    """The schedule first, then the load's own expectation."""
    return (_check_schedule(load, samples), *_check_answers(load, samples))


def _check_schedule(load: Load, samples: Sequence[Sample]) -> Check:
    lags = sorted(sample.lag for sample in samples)
    worst, usual = lags[-1], lags[len(lags) * 99 // 100]
    seen = f"worst {worst * 1000:.0f} ms late, 99 % within {max(0.0, usual) * 1000:.0f} ms"
    return Check(load.name, "schedule kept", f"within {LATE_SECONDS * 1000:.0f} ms", seen, worst < LATE_SECONDS)


def _check_answers(load: Load, samples: Sequence[Sample]) -> Iterator[Check]:
    match load.expect:
        case AllAnswer(status=status):
            expected = f"{len(samples)} x {status}"
            yield _check_statuses(load.name, expected, {status}, samples)
        case FirstOfEachBurst(count=count, rest=rest):
            fewest = min(_passed_by_burst(samples).values())
            yield Check(
                load.name, "passed of each burst", f"≥ {count} of {load.size}", f"≥ {fewest}", fewest >= count
            )  # fmt: skip
            yield from _check_rest(load.name, rest, samples)
        case TokenBucket() as bucket:
            yield _check_bucket(load.name, bucket, samples)
            yield from _check_rest(load.name, bucket.rest, samples)


def _passed_by_burst(samples: Sequence[Sample]) -> Counter[int]:
    passed: Counter[int] = Counter()
    for sample in samples:
        passed[sample.burst] += sample.answer.status == _PASSED
    return passed


def _check_bucket(name: str, bucket: TokenBucket, samples: Sequence[Sample]) -> Check:
    """The model gets the times at which requests left, so that the generator's lateness is no error of the system."""
    predicted = count_admitted(sorted(sample.sent for sample in samples), bucket.rate, bucket.burst)
    passed = sum(sample.answer.status == _PASSED for sample in samples)
    off = abs(passed - predicted)
    seen = f"{passed} ({off / predicted:.1%} off)" if predicted else str(passed)
    expected = f"{predicted} ± {bucket.tolerance:.0%}"
    return Check(name, f"admitted of {len(samples)}", expected, seen, off <= bucket.tolerance * predicted)


def _check_rest(name: str, rest: Rest, samples: Sequence[Sample]) -> Iterator[Check]:
    expected = f"{_PASSED}, rest {rest.status}"
    yield _check_statuses(name, expected, {_PASSED, rest.status}, samples)
    if rest.body:
        bodies = (sample.answer.body for sample in samples if sample.answer.status == rest.status)
        others = Counter(body for body in bodies if not _same_json(body, rest.body))
        seen = "as expected" if not others else _shown(others.most_common(1)[0][0])
        yield Check(name, f"body of each {rest.status}", rest.body, seen, not others)


def _check_statuses(name: str, expected: str, allowed: set[int], samples: Sequence[Sample]) -> Check:
    """How many of each is a matter of time; which there are is not."""
    seen = _statuses(samples)
    outcome = ", ".join(str(status) if status else "no answer" for status in sorted(seen))
    return Check(name, "answers", expected, show_answers(samples), seen <= allowed, outcome)


def _same_json(body: bytes, expected: str) -> bool:
    try:
        return bool(json.loads(body) == json.loads(expected))
    except ValueError:
        return False


def _statuses(samples: Sequence[Sample]) -> set[int]:
    return {sample.answer.status for sample in samples}


def show_answers(samples: Sequence[Sample]) -> str:
    """``480 x 200, 20 x 429``; what got no answer is last, with the most frequent reason."""
    statuses = Counter(sample.answer.status for sample in samples)
    parts = [f"{count} x {status}" for status, count in sorted(statuses.items()) if status]
    if statuses[0]:
        reasons = Counter(sample.answer.body for sample in samples if not sample.answer.status)
        parts.append(f"{statuses[0]} x no answer ({_shown(reasons.most_common(1)[0][0])})")
    return ", ".join(parts)


def _shown(body: bytes) -> str:
    return body.decode(errors="replace")[:200]
