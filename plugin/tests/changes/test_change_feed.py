"""The feed itself, without HTTP or LocalStack."""

import threading
from concurrent.futures import ThreadPoolExecutor

import pytest

from meshrig_localstack.changes.feed import Answer, ChangeFeed, TooManyWaitersError
from meshrig_localstack.changes.mutations import is_mutating

LONG = 30.0


def record(feed: ChangeFeed, operation: str = "CreateMesh") -> None:
    feed.record("appmesh", operation, "us-east-1", "000000000000", "2026-01-01T00:00:00.000Z")


def revisions(answer: Answer) -> list[int]:
    return [change.revision for change in answer.changes]


def test_changes_after_a_revision_come_at_once() -> None:
    feed = ChangeFeed()
    for _ in range(3):
        record(feed)
    answer = feed.wait(1, feed.instance, LONG)
    assert (answer.revision, revisions(answer), answer.truncated) == (3, [2, 3], False)


def test_nothing_new_until_the_timeout() -> None:
    feed = ChangeFeed()
    record(feed)
    assert feed.wait(1, feed.instance, 0.0).changes == ()


@pytest.mark.parametrize(("since", "instance"), [(5, None), (0, "another run")])
def test_a_reader_that_must_start_anew_does_not_wait(since: int, instance: str | None) -> None:
    feed = ChangeFeed()
    answer = feed.wait(since, instance, LONG)
    assert (answer.instance, answer.revision) == (feed.instance, 0)


def test_a_change_wakes_the_waiting_reader() -> None:
    feed = ChangeFeed()
    with ThreadPoolExecutor(1) as pool:
        waiting = pool.submit(feed.wait, 0, feed.instance, LONG)
        record(feed, "UpdateRoute")
        assert [change.operation for change in waiting.result(LONG).changes] == ["UpdateRoute"]


def test_history_is_bounded_and_says_so() -> None:
    feed = ChangeFeed(max_history=2)
    for _ in range(5):
        record(feed)
    answer = feed.wait(1, feed.instance, LONG)
    assert (revisions(answer), answer.truncated) == ([4, 5], True)
    assert answer.to_json()["truncated"] is True
    assert "truncated" not in feed.wait(3, feed.instance, LONG).to_json()


def test_waiters_are_bounded_and_closing_lets_them_go() -> None:
    feed = ChangeFeed(max_waiters=1)
    outcomes: list[Answer | TooManyWaitersError] = []
    refused = threading.Event()

    def wait() -> None:
        try:
            outcomes.append(feed.wait(0, feed.instance, LONG))
        except TooManyWaitersError as problem:
            outcomes.append(problem)
            refused.set()

    threads = [threading.Thread(target=wait) for _ in range(2)]
    for thread in threads:
        thread.start()
    assert refused.wait(LONG)
    feed.close()
    for thread in threads:
        thread.join(LONG)
    assert sorted(type(outcome).__name__ for outcome in outcomes) == ["Answer", "TooManyWaitersError"]
    assert feed.wait(0, feed.instance, LONG).changes == ()


@pytest.mark.parametrize(
    ("service", "operation", "method", "uses_rest", "recorded"),
    [
        ("appmesh", "UpdateRoute", "PUT", True, True),
        ("appmesh", "DescribeRoute", "GET", True, False),
        ("apigateway", "UpdateStage", "PATCH", True, True),
        ("apigateway", "GetExport", "GET", True, False),
        ("apigateway", "TestInvokeMethod", "POST", True, False),
        ("eks", "CreateCluster", "POST", True, True),
        ("elbv2", "RegisterTargets", "POST", False, True),
        ("elbv2", "DescribeTargetHealth", "POST", False, False),
        ("cloudformation", "ExecuteChangeSet", "POST", False, True),
        ("cloudformation", "ValidateTemplate", "POST", False, False),
        ("cognito-idp", "CreateUserPool", "POST", False, True),
        ("cognito-idp", "InitiateAuth", "POST", False, False),
        ("ecr", "BatchGetImage", "POST", False, False),
        ("ec2", "CreateVpc", "POST", False, False),
        ("dynamodb", "PutItem", "POST", False, False),
    ],
)
def test_which_calls_are_recorded(service: str, operation: str, method: str, uses_rest: bool, recorded: bool) -> None:
    assert is_mutating(service, operation, method, uses_rest) is recorded
