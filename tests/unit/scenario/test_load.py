import asyncio

from meshrig.scenario.connections import Exchange
from meshrig.scenario.definition import AllAnswer, FirstOfEachBurst, Load, Request, Rest, TokenBucket
from meshrig.scenario.http import Answer
from meshrig.scenario.load import Sample, send_bursts
from meshrig.scenario.load_checks import check_load
from meshrig.scenario.schedule import plan_bursts

THROTTLED = Answer(429, b'{"message":"Too Many Requests"}')


class FakeClock:
    """Time that passes only while somebody sleeps."""

    def __init__(self) -> None:
        self.time = 100.0

    def now(self) -> float:
        return self.time

    async def sleep(self, seconds: float) -> None:
        self.time += seconds


class SilentSender:
    """Takes requests, costs ``work`` seconds each, never answers."""

    def __init__(self, clock: FakeClock, work: float = 0.0) -> None:
        self.clock, self.work = clock, work
        self.sent: list[float] = []
        self.requests: list[bytes] = []

    def send(self, request: bytes) -> asyncio.Future[Exchange]:
        self.sent.append(self.clock.time - 100.0)
        self.requests.append(request)
        self.clock.time += self.work
        return asyncio.get_running_loop().create_future()


def load(expect: AllAnswer | FirstOfEachBurst | TokenBucket, size: int = 1, every: float = 0.1) -> Load:
    return Load("l", Request("POST", "/orders"), size, every, 1.0, expect)


def samples(answers: list[Answer], per_burst: int = 1, late: float = 0.0) -> tuple[Sample, ...]:
    found = []
    for number, answer in enumerate(answers):
        at = number // per_burst * 0.1
        found.append(Sample(number // per_burst, at, at + late, at + late + 0.01, answer))
    return tuple(found)


async def test_keeps_its_schedule_without_any_answer() -> None:
    clock = FakeClock()
    sender = SilentSender(clock)
    got = await send_bursts(plan_bursts(load(AllAnswer(200))), b"GET /", sender, clock, patience=0)
    assert [round(at, 6) for at in sender.sent] == [n / 10 for n in range(10)]
    assert sender.requests == [b"GET /"] * 10
    assert {sample.answer.status for sample in got} == {0}


async def test_catches_up_after_being_held_up() -> None:
    clock = FakeClock()
    sender = SilentSender(clock, work=0.15)
    await send_bursts(plan_bursts(load(AllAnswer(200)))[:3], b"", sender, clock, patience=0)
    assert [round(at, 6) for at in sender.sent] == [0, 0.15, 0.3]


def test_a_burst_is_due_at_once() -> None:
    assert [(b.at, b.size) for b in plan_bursts(load(FirstOfEachBurst(1), size=25, every=0.5))] == [(0, 25), (0.5, 25)]


def failed(load: Load, got: tuple[Sample, ...]) -> list[str]:
    return [check.what for check in check_load(load, got) if not check.ok]


def test_one_other_status_fails_all() -> None:
    assert failed(load(AllAnswer(200)), samples([Answer(200, b"")] * 9 + [THROTTLED])) == ["answers"]
    assert failed(load(AllAnswer(200)), samples([Answer(200, b"")] * 10)) == []


def test_a_late_generator_fails_itself() -> None:
    assert failed(load(AllAnswer(200)), samples([Answer(200, b"")] * 10, late=0.3)) == ["schedule kept"]


def test_the_worst_burst_counts() -> None:
    good, bad = [Answer(200, b"")] * 2 + [THROTTLED], [Answer(200, b"")] + [THROTTLED] * 2
    expect = load(FirstOfEachBurst(2), size=3)
    assert failed(expect, samples(good + good, per_burst=3)) == []
    assert failed(expect, samples(good + bad, per_burst=3)) == ["passed of each burst"]


def test_the_bucket_tolerates_its_tolerance_only() -> None:
    expect = load(TokenBucket(rate=0.001, burst=100, tolerance=0.02))
    for passed, ok in ((97, False), (98, True), (102, True), (103, False)):
        got = samples([Answer(200, b"")] * passed + [THROTTLED] * (200 - passed))
        assert (failed(expect, got) == []) == ok


def test_the_body_of_the_rest_is_compared_as_json() -> None:
    rest = Rest(429, '{"message": "Too Many Requests"}')
    expect = load(FirstOfEachBurst(1, rest), size=2)
    assert failed(expect, samples([Answer(200, b""), THROTTLED], per_burst=2)) == []
    assert failed(expect, samples([Answer(200, b""), Answer(429, b"no")], per_burst=2)) == ["body of each 429"]


def test_no_answer_is_shown_with_its_reason() -> None:
    check = check_load(load(AllAnswer(200)), samples([Answer(200, b""), Answer(0, b"closed")]))[1]
    assert check.seen == "1 x 200, 1 x no answer (closed)"
